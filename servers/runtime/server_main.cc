#include "servers/runtime/server_main.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "harness/core/log.h"
#include "harness/net/http_async.h"
#include "servers/runtime/audit_file.h"
#include "servers/runtime/introspection.h"
#include "servers/runtime/mcp_server.h"
#include "servers/runtime/token_bucket.h"
#include "servers/runtime/whoami.h"

namespace iff {
namespace {

constexpr int kExitUsage = 64;
constexpr int kExitNotStarted = 2;
constexpr const char* kVersion = "0.1.0";

struct Arguments {
  std::string config_file = {};
  bool stdio = false;
  bool help = false;
  bool version = false;
};

Result<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (argument == "--stdio") {
      arguments.stdio = true;
    } else if (argument == "--help") {
      arguments.help = true;
    } else if (argument == "--version") {
      arguments.version = true;
    } else if (argument == "--config" && i + 1 < argc) {
      arguments.config_file = argv[++i];
    } else {
      return Error(ErrorKind::kInvalidInput, "read the command line: unexpected " + LogQuote(argument));
    }
  }
  return arguments;
}

// Tokens pass through this memory: no core file, no debugger of the same user.
void KeepMemoryPrivate() {
  const rlimit none = {.rlim_cur = 0, .rlim_max = 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

Result<Config> Configure(const Arguments& arguments, const ServerNeeds& needs) {
  Settings settings;
  if (!arguments.config_file.empty()) {
    std::ifstream file(arguments.config_file);
    if (!file) return SystemError("open " + arguments.config_file, errno);
    std::ostringstream text;
    text << file.rdbuf();
    settings = TRY(ParseSettings(text.str()));
  }
  for (auto& [name, value] : EnvironmentSettings()) settings[name] = value;
  return LoadConfig(settings, needs, arguments.stdio);
}

// What goes out is changed last.
class ChangingResponder final : public Responder {
 public:
  using Change = std::function<void(const HttpRequest&, HttpResponse&)>;

  ChangingResponder(std::shared_ptr<Responder> inner, std::shared_ptr<const HttpRequest> request, Change change)
      : inner_(std::move(inner)), request_(std::move(request)), change_(std::move(change)) {}

  void Send(HttpResponse response) override {
    change_(*request_, response);
    inner_->Send(std::move(response));
  }
  void Begin(HttpResponse head) override {
    change_(*request_, head);
    inner_->Begin(std::move(head));
  }
  void Write(std::string chunk) override { inner_->Write(std::move(chunk)); }
  void End() override { inner_->End(); }
  bool disconnected() const override { return inner_->disconnected(); }
  void OnDisconnect(std::function<void()> callback) override { inner_->OnDisconnect(std::move(callback)); }

 private:
  std::shared_ptr<Responder> inner_;
  std::shared_ptr<const HttpRequest> request_;
  Change change_;
};

// One running server. Members are in the order in which they need each other.
class Server {
 public:
  Server(Config config, ServerDefinition definition, Seams seams)
      : config_(std::move(config)),
        definition_(std::move(definition)),
        seams_(std::move(seams)),
        keys_(loop_, config_.jwks_url, KeyOptions(), clock_),
        broker_(loop_, config_, seams_, metrics_, clock_) {}

  Result<void> Start() {
    Guard guard = TRY(MakeGuard());
    McpServerOptions options;
    const Url resource = TRY(ParseUrl(config_.resource));
    options.path = resource.target;
    options.allowed_origins = config_.allowed_origins;
    options.allowed_hosts = config_.allowed_hosts;
    options.allowed_hosts.push_back(resource.endpoint.Authority());
    options.allowed_hosts.push_back(resource.endpoint.host);
    mcp_ = std::make_unique<McpServer>(loop_, MakeOffer(), std::move(guard), options);
    loop_.Post([this] { Spawn(WarmUp()); });
    loop_.OnTermination([this](int) { BeginShutdown(); });
    if (config_.stdio) {
      const Secret token = TRY(ReadSecretFile(config_.token_file).While("read IFF_MCP_TOKEN_FILE"));
      const std::string authorization = "Bearer " + token.Reveal();
      loop_.Post([this, authorization] { Spawn(Converse(authorization)); });
      return {};
    }
    HttpServerOptions listener;
    listener.address = config_.listen.host;
    listener.port = config_.listen.port;
    listener.tls = config_.tls;
    if (seams_.adjust_listener) seams_.adjust_listener(listener);
    http_ = TRY(AsyncHttpServer::Start(
                    loop_, listener,
                    [this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
                      Serve(std::move(request), std::move(responder));
                    })
                    .While("listen on " + config_.listen.Authority()));
    Log(LogLevel::kInfo, "listening", {{"address", http_->endpoint().Authority()}, {"program", definition_.program}});
    return {};
  }

  void Run() { loop_.Run(); }

 private:
  KeySourceOptions KeyOptions() const {
    KeySourceOptions options;
    options.refresh_after = config_.jwks_refresh;
    options.max_age = config_.jwks_max_age;
    options.cool_down = config_.jwks_cooldown;
    if (seams_.adjust_keys) seams_.adjust_keys(options);
    return options;
  }

  std::shared_ptr<Authenticator> MakeAuthenticator() {
    BearerOptions options;
    options.policy.issuer = config_.issuer;
    options.policy.audience = config_.audience;
    options.policy.companions = config_.companions;
    options.policy.algorithms = config_.algorithms;
    options.policy.clients = config_.clients;
    options.policy.leeway = config_.leeway;
    options.policy.max_lifetime = config_.token_max_lifetime;
    options.policy.certificate_bound = config_.certificate_binding != TokenBinding::kNone;
    if (seams_.adjust_policy) seams_.adjust_policy(options.policy);
    options.resource = config_.resource;
    options.name = definition_.title;
    options.scopes = {definition_.read_scope, definition_.write_scope};
    options.first_scope = definition_.read_scope;
    if (seams_.read_credentials) options.read = seams_.read_credentials;
    if (seams_.verify) options.verify = seams_.verify;
    options.certificate_required = config_.certificate_binding == TokenBinding::kRequired;
    if (seams_.certificate_matches) options.certificate_matches = seams_.certificate_matches;
    if (!seams_.remember_verdicts) options.verdicts = 0;
    options.binding = config_.token_binding;
    options.proof.window = config_.proof_window;
    if (seams_.verify_proof) options.verify_proof = seams_.verify_proof;
    options.proofs_once = seams_.proofs_once;
    options.binding_optional = seams_.binding_optional;
    return MakeBearerAuthenticator(std::move(options), keys_, clock_);
  }

  // RFC 7662, where it is configured; over HTTP and stdio alike.
  std::shared_ptr<Authenticator> Introspected(std::shared_ptr<Authenticator> inner) {
    if (!config_.introspection_url) return inner;
    IntrospectionOptions options;
    options.url = *config_.introspection_url;
    options.client_id = config_.client_id;
    options.client_secret = config_.client_secret;
    options.ttl = config_.introspection_ttl;
    if (seams_.adjust_introspection) seams_.adjust_introspection(options);
    return MakeIntrospectingAuthenticator(std::move(inner), loop_, std::move(options), metrics_, clock_);
  }

  std::shared_ptr<RateLimiter> MakeLimiter() const {
    TokenBucketOptions options;
    options.budget = config_.rate;
    options.groups = config_.rates;
    options.counts_refused = config_.rate_counts_refused;
    return MakeTokenBucketLimiter(std::move(options));
  }

  Result<Guard> MakeGuard() {
    Guard guard;
    guard.authenticator = Introspected(MakeAuthenticator());
    guard.authorizer = std::make_shared<Authorizer>();
    guard.limiter = MakeLimiter();
    AuditFileOptions options;
    options.path = config_.audit_file;
    options.fsync = config_.audit_fsync;
    std::shared_ptr<AuditTrail> audit = TRY(OpenAuditFile(options, clock_));
    guard.audit = Counted(std::move(audit), metrics_);
    if (seams_.wrap_authenticator) guard.authenticator = seams_.wrap_authenticator(guard.authenticator);
    if (seams_.wrap_authorizer) guard.authorizer = seams_.wrap_authorizer(guard.authorizer);
    if (seams_.wrap_limiter) guard.limiter = seams_.wrap_limiter(guard.limiter);
    if (seams_.wrap_audit) guard.audit = seams_.wrap_audit(guard.audit);
    return guard;
  }

  Offer MakeOffer() {
    const ServerContext context{loop_, config_, seams_, broker_, metrics_, clock_};
    Offer offer;
    offer.name = definition_.program;
    offer.version = kVersion;
    offer.instructions = definition_.instructions;
    offer.tools = definition_.tools(context);
    offer.tools.push_back(WhoamiTool(context, definition_));
    if (seams_.adjust_offer) seams_.adjust_offer(offer);
    if (seams_.hold_back) {
      for (Tool& tool : offer.tools) {
        tool.run = [this, run = tool.run](ToolCall call) { return HeldBack(run, std::move(call)); };
      }
    }
    return offer;
  }

  Task<ToolResult> HeldBack(std::function<Task<ToolResult>(ToolCall)> run, ToolCall call) {
    ToolResult result = co_await run(std::move(call));
    const std::chrono::milliseconds span = seams_.hold_back(result);
    Await<bool>::Start start = [this, span](std::function<void(bool)> done) {
      if (span.count() == 0) return done(true);
      (void)loop_.After(span, [done = std::move(done)] { done(true); });
    };
    Await<bool> held(std::move(start));
    (void)co_await held;
    co_return result;
  }

  void Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    if (seams_.on_request) {
      auto seen = std::make_shared<HttpRequest>(*request);
      seams_.on_request(*seen);
      request = std::move(seen);
    }
    if (seams_.on_response) responder = std::make_shared<ChangingResponder>(std::move(responder), request, seams_.on_response);
    if (mcp_->Serve(request, responder)) return;
    HttpResponse response;
    const std::string path = request->Path();
    const bool reading = request->method == "GET" || request->method == "HEAD";
    if (path != "/healthz" && path != "/readyz" && path != "/metrics") {
      response.status = 404;
    } else if (!reading) {
      response.status = 405;
      response.headers.Add("Allow", "GET, HEAD");
    } else if (path == "/metrics") {
      metrics_.SetSessions(mcp_->sessions());
      metrics_.SetCredentials(broker_.kept());
      response.headers.Add("Content-Type", "text/plain; version=0.0.4");
      response.body = metrics_.Text();
    } else {
      const bool ready = path == "/healthz" || (keys_.loaded() && !ending_);
      response.status = ready ? 200 : 503;
      response.headers.Add("Content-Type", "application/json");
      response.body = ready ? R"({"status":"ok"})" : R"({"status":"unavailable"})";
    }
    response.headers.Add("Cache-Control", "no-store");
    responder->Send(std::move(response));
  }

  // Has the keys before the first caller comes, and so tells /readyz.
  Task<void> WarmUp() {
    (void)co_await keys_.Current();
    if (!keys_.loaded() && !ending_) {
      (void)loop_.After(std::chrono::milliseconds(250), [this] { Spawn(WarmUp()); });
    }
  }

  Task<void> Converse(std::string authorization) {
    co_await mcp_->ServeStdio(STDIN_FILENO, STDOUT_FILENO, std::move(authorization));
    BeginShutdown();
  }

  // Refuse what is new, finish what runs, give back what was taken, end.
  void BeginShutdown() {
    if (std::exchange(ending_, true)) return;
    Log(LogLevel::kInfo, "shutting-down");
    mcp_->BeginShutdown();
    const auto give_back = [this] {
      broker_.Shutdown(config_.drain, [this] { loop_.Stop(); });
    };
    if (http_ == nullptr) {
      give_back();
    } else {
      http_->Drain(config_.drain, give_back);
    }
  }

  Config config_;
  ServerDefinition definition_;
  Seams seams_;
  SystemClock clock_;
  Metrics metrics_;
  EventLoop loop_;
  KeySource keys_;
  CredentialBroker broker_;
  std::unique_ptr<McpServer> mcp_;
  std::unique_ptr<AsyncHttpServer> http_;
  bool ending_ = false;
};

}  // namespace

int RunServer(int argc, char** argv, ServerDefinition definition, Seams seams) {
  if (seams.private_memory) KeepMemoryPrivate();
  (void)::signal(SIGPIPE, SIG_IGN);
  const std::string program = definition.program;
  const Result<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.ok() || arguments.value().help) {
    if (!arguments.ok()) std::fprintf(stderr, "%s: %s\n", program.c_str(), arguments.error().message().c_str());
    std::fprintf(stderr, "usage: %s [--config FILE] [--stdio] [--version]\n", program.c_str());
    return arguments.ok() ? 0 : kExitUsage;
  }
  if (arguments.value().version) {
    std::printf("%s %s\n", program.c_str(), kVersion);
    return 0;
  }
  Result<Config> config = Configure(arguments.value(), definition.needs);
  if (!config.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), config.error().message().c_str());
    return kExitUsage;
  }
  SetLogLevel(config.value().log_level);
  if (seams.adjust_config) seams.adjust_config(config.value());
  Server server(std::move(config).value(), std::move(definition), std::move(seams));
  const Result<void> started = server.Start();
  if (!started.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), started.error().message().c_str());
    return kExitNotStarted;
  }
  server.Run();
  Log(LogLevel::kInfo, "ended");
  return 0;
}

}  // namespace iff
