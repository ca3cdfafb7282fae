#include "servers/http/worker.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "harness/core/log.h"
#include "servers/guard/audit_file.h"
#include "servers/guard/introspection.h"
#include "servers/guard/token_bucket.h"
#include "servers/http/whoami.h"

namespace iff {
namespace {

// What is bounded for everybody together is bounded for each worker's part of them.
Config ShareOf(Config config) {
  const auto shared_out = [&](size_t whole) { return whole == 0 ? 0 : std::max<size_t>(1, whole / config.workers); };
  config.credential_cache = shared_out(config.credential_cache);
  config.sql_idle_connections = shared_out(config.sql_idle_connections);
  return config;
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

}  // namespace

Worker::Worker(Crew& crew, size_t number, const Config& config)
    : crew_(crew),
      number_(number),
      config_(ShareOf(config)),
      loop_(*crew.loops[number]),
      keys_(loop_, config_.jwks_url, KeyOptions(), crew.clock),
      broker_(loop_, config_, crew.seams, crew.metrics, crew.clock, number),
      router_(number, config_.workers),
      serve_([this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
        Serve(std::move(request), std::move(responder));
      }) {}

Result<void> Worker::Start() {
  McpServerOptions options;
  const Url resource = TRY(ParseUrl(config_.resource));
  options.path = resource.target;
  options.allowed_origins = config_.allowed_origins;
  options.allowed_hosts = config_.allowed_hosts;
  options.allowed_hosts.push_back(resource.endpoint.Authority());
  options.allowed_hosts.push_back(resource.endpoint.host);
  mcp_ = std::make_unique<McpServer>(loop_, MakeOffer(), MakeGuard(), options);
  loop_.Post([this] { Spawn(WarmUp()); });
  if (config_.stdio) return {};
  HttpServerOptions listener;
  listener.address = config_.listen.host;
  listener.port = config_.listen.port;
  listener.tls = config_.tls;
  listener.max_connections = std::max<size_t>(1, listener.max_connections / config_.workers);
  if (number_ > 0) {
    listener.listener = ::dup(crew_.workers.front()->listener());
    if (listener.listener < 0) return SystemError("listen once more", errno);
  }
  if (crew_.seams.adjust_listener) crew_.seams.adjust_listener(listener);
  http_ = TRY(
      AsyncHttpServer::Start(loop_, listener,
                             [this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
                               Arrived(std::move(request), std::move(responder));
                             })
          .While("listen on " + config_.listen.Authority()));
  if (number_ > 0) return {};
  Log(LogLevel::kInfo, "listening",
      {{"address", http_->endpoint().Authority()}, {"program", crew_.definition.program}});
  return {};
}

KeySourceOptions Worker::KeyOptions() const {
  KeySourceOptions options;
  options.refresh_after = config_.jwks_refresh;
  options.max_age = config_.jwks_max_age;
  options.cool_down = config_.jwks_cooldown;
  if (crew_.seams.adjust_keys) crew_.seams.adjust_keys(options);
  return options;
}

std::shared_ptr<Authenticator> Worker::MakeAuthenticator() {
  BearerOptions options;
  options.policy.issuer = config_.issuer;
  options.policy.audience = config_.audience;
  options.policy.companions = config_.companions;
  options.policy.algorithms = config_.algorithms;
  options.policy.clients = config_.clients;
  options.policy.leeway = config_.leeway;
  options.policy.max_lifetime = config_.token_max_lifetime;
  options.policy.certificate_bound = config_.certificate_binding != TokenBinding::kNone;
  // It fits: the configuration was refused otherwise.
  if (config_.profile) Invariant(Require(*config_.profile, options.policy).ok(), "a profile that was taken fits");
  if (crew_.seams.adjust_policy) crew_.seams.adjust_policy(options.policy);
  options.resource = config_.resource;
  options.name = crew_.definition.title;
  options.scopes = {crew_.definition.read_scope, crew_.definition.write_scope};
  options.first_scope = crew_.definition.read_scope;
  if (crew_.seams.read_credentials) options.read = crew_.seams.read_credentials;
  if (crew_.seams.verify) options.verify = crew_.seams.verify;
  options.certificate_required = config_.certificate_binding == TokenBinding::kRequired;
  if (crew_.seams.certificate_matches) options.certificate_matches = crew_.seams.certificate_matches;
  if (!crew_.seams.remember_verdicts) options.verdicts = 0;
  options.binding = config_.token_binding;
  options.proof.window = config_.proof_window;
  if (crew_.seams.verify_proof) options.verify_proof = crew_.seams.verify_proof;
  options.proofs_once = crew_.seams.proofs_once;
  options.binding_optional = crew_.seams.binding_optional;
  return MakeBearerAuthenticator(std::move(options), keys_, crew_.clock);
}

// RFC 7662, where it is configured; over HTTP and stdio alike.
std::shared_ptr<Authenticator> Worker::Introspected(std::shared_ptr<Authenticator> inner) {
  if (!config_.introspection_url) return inner;
  IntrospectionOptions options;
  options.url = *config_.introspection_url;
  options.client_id = config_.client_id;
  options.client_secret = config_.client_secret;
  options.ttl = config_.introspection_ttl;
  if (crew_.seams.adjust_introspection) crew_.seams.adjust_introspection(options);
  return MakeIntrospectingAuthenticator(std::move(inner), loop_, std::move(options), crew_.metrics, crew_.clock);
}

std::shared_ptr<RateLimiter> Worker::MakeLimiter() const {
  TokenBucketOptions options;
  options.budget = config_.rate;
  options.groups = config_.rates;
  options.counts_refused = config_.rate_counts_refused;
  return MakeTokenBucketLimiter(std::move(options));
}

Guard Worker::MakeGuard() {
  Guard guard;
  guard.authenticator = Introspected(MakeAuthenticator());
  if (crew_.seams.one_home) guard.authenticator = AtHome(guard.authenticator, number_, config_.workers);
  guard.authorizer = std::make_shared<Authorizer>();
  guard.limiter = MakeLimiter();
  guard.audit = Counted(crew_.audit, crew_.metrics);
  if (crew_.seams.wrap_authenticator) guard.authenticator = crew_.seams.wrap_authenticator(guard.authenticator);
  if (crew_.seams.wrap_authorizer) guard.authorizer = crew_.seams.wrap_authorizer(guard.authorizer);
  if (crew_.seams.wrap_limiter) guard.limiter = crew_.seams.wrap_limiter(guard.limiter);
  if (crew_.seams.wrap_audit) guard.audit = crew_.seams.wrap_audit(guard.audit);
  return guard;
}

Offer Worker::MakeOffer() {
  const ServerContext context{loop_, config_, crew_.seams, broker_, crew_.metrics, crew_.clock};
  Offer offer;
  offer.name = crew_.definition.program;
  offer.version = kServerVersion;
  offer.instructions = crew_.definition.instructions;
  offer.tools = crew_.definition.tools(context);
  offer.tools.push_back(WhoamiTool(context, crew_.definition));
  if (crew_.seams.adjust_offer) crew_.seams.adjust_offer(offer);
  if (crew_.seams.hold_back) {
    for (Tool& tool : offer.tools) {
      tool.run = [this, run = tool.run](ToolCall call) { return HeldBack(run, std::move(call)); };
    }
  }
  return offer;
}

Task<ToolResult> Worker::HeldBack(std::function<Task<ToolResult>(ToolCall)> run, ToolCall call) {
  ToolResult result = co_await run(std::move(call));
  const std::chrono::milliseconds span = crew_.seams.hold_back(result);
  Await<bool>::Start start = [this, span](std::function<void(bool)> done) {
    if (span.count() == 0) return done(true);
    (void)loop_.After(span, [done = std::move(done)] { done(true); });
  };
  Await<bool> held(std::move(start));
  (void)co_await held;
  co_return result;
}

// By the connection it came on: here, or handed over to the worker its sender is at home with.
void Worker::Arrived(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
  if (config_.workers > 1 && crew_.seams.one_home) {
    const size_t home = router_.HomeOf(*request);
    if (home != number_) {
      const Worker& there = *crew_.workers[home];
      return HandOver(loop_, there.loop_, std::move(request), std::move(responder), there.serve_);
    }
  }
  Serve(std::move(request), std::move(responder));
}

void Worker::Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
  if (crew_.seams.on_request) {
    auto seen = std::make_shared<HttpRequest>(*request);
    crew_.seams.on_request(*seen);
    request = std::move(seen);
  }
  if (crew_.seams.on_response) {
    responder = std::make_shared<ChangingResponder>(std::move(responder), request, crew_.seams.on_response);
  }
  if (mcp_->Serve(request, responder)) return;
  HttpResponse response;
  const std::string path = request->Path();
  const bool reading = request->method == "GET" || request->method == "HEAD";
  if (path == "/metrics" && reading) return ShowMetrics(std::move(responder));
  if (path != "/healthz" && path != "/readyz" && path != "/metrics") {
    response.status = 404;
  } else if (!reading) {
    response.status = 405;
    response.headers.Add("Allow", "GET, HEAD");
  } else {
    const bool ready = path == "/healthz" || (keys_.loaded() && !ending_);
    response.status = ready ? 200 : 503;
    response.headers.Add("Content-Type", "application/json");
    response.body = ready ? R"({"status":"ok"})" : R"({"status":"unavailable"})";
  }
  response.headers.Add("Cache-Control", "no-store");
  responder->Send(std::move(response));
}

void Worker::Count() {
  crew_.metrics.SetSessions(number_, mcp_->sessions());
  crew_.metrics.SetCredentials(number_, broker_.kept());
}

// Each worker counts what it has first.
void Worker::ShowMetrics(std::shared_ptr<Responder> responder) {
  const auto show = [this, responder = std::move(responder)] {
    HttpResponse response;
    response.headers.Add("Content-Type", "text/plain; version=0.0.4");
    response.headers.Add("Cache-Control", "no-store");
    response.body = crew_.metrics.Text();
    responder->Send(std::move(response));
  };
  Count();
  if (config_.workers == 1) return show();
  const auto left = std::make_shared<std::atomic<size_t>>(config_.workers - 1);
  for (const std::unique_ptr<Worker>& other : crew_.workers) {
    if (other.get() == this) continue;
    other->loop_.Post([this, one = other.get(), left, show] {
      one->Count();
      if (--*left == 0) loop_.Post(show);
    });
  }
}

// Has the keys before the first caller comes, and so tells /readyz.
Task<void> Worker::WarmUp() {
  (void)co_await keys_.Current();
  if (!keys_.loaded() && !ending_) {
    (void)loop_.After(std::chrono::milliseconds(250), [this] { Spawn(WarmUp()); });
  }
}

void Worker::Converse(const Secret& token, std::function<void()> done) {
  const auto speak = [](McpServer& server, std::string authorization, std::function<void()> then) -> Task<void> {
    co_await server.ServeStdio(STDIN_FILENO, STDOUT_FILENO, std::move(authorization));
    then();
  };
  Spawn(speak(*mcp_, "Bearer " + token.Reveal(), std::move(done)));
}

void Worker::Drain(std::function<void()> done) {
  ending_ = true;
  mcp_->BeginShutdown();
  if (http_ == nullptr) return done();
  http_->Drain(config_.drain, std::move(done));
}

void Worker::GiveBack(std::function<void()> done) { broker_.Shutdown(config_.drain, std::move(done)); }

}  // namespace iff
