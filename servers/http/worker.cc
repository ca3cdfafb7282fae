#include "servers/http/worker.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "harness/core/log.h"
#include "servers/guard/audit_file.h"
#include "servers/guard/introspection.h"
#include "servers/guard/token_bucket.h"
#include "servers/http/http_rules.h"
#include "servers/http/process.h"
#include "servers/http/whoami.h"

namespace iff {
namespace {

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
  void LimitUnread(size_t bytes) override { inner_->LimitUnread(bytes); }
  bool disconnected() const override { return inner_->disconnected(); }
  void OnDisconnect(std::function<void()> callback) override { inner_->OnDisconnect(std::move(callback)); }

 private:
  std::shared_ptr<Responder> inner_;
  std::shared_ptr<const HttpRequest> request_;
  Change change_;
};

}  // namespace

Worker::Worker(ServerParts& parts, size_t number, const Config& config)
    : parts_(parts),
      number_(number),
      config_(config),
      loop_(*parts.loops[number]),
      keys_(loop_, config_.jwks_url, KeyOptions(), parts.clock),
      shards_(parts.hooks.make_shards(number, config_.workers)),
      serve_([this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
        Serve(std::move(request), std::move(responder));
      }) {
  const SourceContext context{loop_, parts.hooks, parts.metrics, parts.clock, config_.workers};
  for (const SourceDefinition& source : parts.definition.sources) sources_[source.target] = source.make(context);
}

Result<void> Worker::Start() {
  McpServerOptions options;
  const Url resource = TRY(ParseUrl(config_.resource));
  options.path = resource.target;
  options.sessions = config_.sessions;
  if (config_.sse) options.sse = SseBeside(resource.target);
  options.allowed_origins = config_.allowed_origins;
  options.allowed_hosts = config_.allowed_hosts;
  options.allowed_hosts.push_back(resource.endpoint.Authority());
  options.allowed_hosts.push_back(resource.endpoint.host);
  options.announces_changes = parts_.definition.offer != nullptr;
  if (parts_.hooks.adjust_mcp) parts_.hooks.adjust_mcp(options);
  const Guard guard = MakeGuard();
  mcp_ = std::make_unique<McpServer>(loop_, MakeOffer(), guard, options);
  std::vector<Route> routes;
  if (parts_.definition.routes) routes = parts_.definition.routes(Context());
  rules_ = RequestRules{options.allowed_hosts, options.allowed_origins};
  routes_ = std::make_unique<RouteServer>(std::move(routes), guard, rules_);
  loop_.Post([this] { Spawn(WarmUp()); });
  if (config_.stdio) return {};
  HttpServerOptions listener;
  listener.address = config_.listen.host;
  listener.port = config_.listen.port;
  listener.tls = config_.tls;
  listener.max_connections =
      std::max<size_t>(1, ConnectionsWithin(DescriptorLimit(), listener.max_connections) / config_.workers);
  listener.bodies_limit = std::max(listener.body_limit, listener.bodies_limit / config_.workers);
  if (number_ > 0) {
    listener.listener = ::dup(parts_.workers.front()->listener());
    if (listener.listener < 0) return SystemError("listen once more", errno);
  }
  if (parts_.hooks.adjust_listener) parts_.hooks.adjust_listener(listener);
  http_ = TRY(
      AsyncHttpServer::Start(loop_, listener,
                             [this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
                               Arrived(std::move(request), std::move(responder));
                             })
          .While("listen on " + config_.listen.Authority()));
  if (number_ > 0) return {};
  Log(LogLevel::kInfo, "listening",
      {{"address", http_->endpoint().Authority()}, {"program", parts_.definition.program}});
  return {};
}

KeySourceOptions Worker::KeyOptions() const {
  KeySourceOptions options;
  options.refresh_after = config_.jwks_refresh;
  options.max_age = config_.jwks_max_age;
  options.cool_down = config_.jwks_cooldown;
  if (parts_.hooks.adjust_keys) parts_.hooks.adjust_keys(options);
  return options;
}

std::shared_ptr<Authenticator> Worker::MakeAuthenticator() {
  BearerOptions options;
  options.policy = config_.policy;
  options.policy.certificate_bound = config_.certificate_binding != TokenBinding::kNone;
  if (parts_.hooks.adjust_policy) parts_.hooks.adjust_policy(options.policy);
  options.resource = config_.resource;
  if (config_.sse) {
    const SseOptions sse = SseBeside(ParseUrl(config_.resource).value().target);
    options.paths_beside = {sse.path, sse.messages_path};
  }
  options.name = parts_.definition.title;
  options.scopes = parts_.definition.scopes;
  if (!options.scopes.empty()) options.first_scope = options.scopes.front();
  if (parts_.hooks.read_credentials) options.read = parts_.hooks.read_credentials;
  if (parts_.hooks.verify) options.verify = parts_.hooks.verify;
  options.certificate_required = config_.certificate_binding == TokenBinding::kRequired;
  if (parts_.hooks.certificate_matches) options.certificate_matches = parts_.hooks.certificate_matches;
  options.binding = config_.token_binding;
  options.proof.window = config_.proof_window;
  if (parts_.hooks.verify_proof) options.verify_proof = parts_.hooks.verify_proof;
  if (parts_.hooks.adjust_bearer) parts_.hooks.adjust_bearer(options);
  return MakeBearerAuthenticator(std::move(options), keys_, parts_.clock);
}

// RFC 7662, where it is configured; over HTTP and stdio alike.
std::shared_ptr<Authenticator> Worker::Introspected(std::shared_ptr<Authenticator> inner) {
  if (!config_.introspection_url) return inner;
  IntrospectionOptions options;
  options.url = *config_.introspection_url;
  options.client_id = config_.client.id;
  options.client_secret = config_.client.secret;
  options.ttl = config_.introspection_ttl;
  if (parts_.hooks.adjust_introspection) parts_.hooks.adjust_introspection(options);
  return MakeIntrospectingAuthenticator(std::move(inner), loop_, std::move(options), parts_.metrics, parts_.clock);
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
  guard.authenticator = shards_->Guarded(Introspected(MakeAuthenticator()));
  guard.authorizer = std::make_shared<Authorizer>();
  guard.limiter = MakeLimiter();
  guard.audit = Counted(parts_.audit, parts_.metrics);
  if (parts_.hooks.wrap_authenticator) guard.authenticator = parts_.hooks.wrap_authenticator(guard.authenticator);
  if (parts_.hooks.wrap_authorizer) guard.authorizer = parts_.hooks.wrap_authorizer(guard.authorizer);
  if (parts_.hooks.wrap_limiter) guard.limiter = parts_.hooks.wrap_limiter(guard.limiter);
  if (parts_.hooks.wrap_audit) guard.audit = parts_.hooks.wrap_audit(guard.audit);
  return guard;
}

ServerContext Worker::Context() {
  // Whoever may read it may have a stream at any worker.
  const auto tell = [this](const std::string& added, const std::string& changed) {
    for (const std::unique_ptr<Worker>& each : parts_.workers) {
      each->loop_.Post([worker = each.get(), added, changed] {
        worker->mcp_->AnnounceListed(added);
        worker->mcp_->AnnounceResource(changed);
      });
    }
  };
  return {loop_, config_, parts_.hooks, sources_, parts_.metrics, parts_.clock, tell};
}

Offer Worker::MakeOffer() {
  const ServerContext context = Context();
  Offer offer;
  offer.name = parts_.definition.program;
  offer.version = kServerVersion;
  offer.instructions = parts_.definition.instructions;
  if (parts_.definition.tools) offer.tools = parts_.definition.tools(context);
  if (parts_.definition.offer) parts_.definition.offer(context, offer);
  offer.tools.push_back(WhoamiTool(context));
  const Hooks& hooks = parts_.hooks;
  using Run = Task<ToolResult> (Worker::*)(ToolRun, ToolCall);
  const auto wrap = [this, &offer](Run with) {
    for (Tool& tool : offer.tools) {
      tool.run = [this, with, run = tool.run](ToolCall call) { return (this->*with)(run, std::move(call)); };
    }
  };
  if (hooks.adjust_result) wrap(&Worker::Adjusted);
  if (hooks.adjust_offer) hooks.adjust_offer(offer);
  if (hooks.hold_back) wrap(&Worker::HeldBack);
  return offer;
}

Task<ToolResult> Worker::Adjusted(ToolRun run, ToolCall call) {
  const std::shared_ptr<const Caller> caller = call.caller;
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error) parts_.hooks.adjust_result(result, *caller);
  co_return result;
}

Task<ToolResult> Worker::HeldBack(ToolRun run, ToolCall call) {
  ToolResult result = co_await run(std::move(call));
  const std::chrono::milliseconds span = parts_.hooks.hold_back(result);
  Await<bool>::Start start = [this, span](std::function<void(bool)> done) {
    if (span.count() == 0) return done(true);
    (void)loop_.After(span, [done = std::move(done)] { done(true); });
  };
  Await<bool> held(std::move(start));
  (void)co_await held;
  co_return result;
}

// On the worker that accepted the connection: served here, or handed over to the worker of its sender's shard.
void Worker::Arrived(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
  const size_t worker = shards_->WorkerOf(*request);
  if (worker != number_) {
    const Worker& there = *parts_.workers[worker];
    return HandOver(loop_, there.loop_, std::move(request), std::move(responder), there.serve_);
  }
  Serve(std::move(request), std::move(responder));
}

void Worker::Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
  if (parts_.hooks.on_request) {
    auto seen = std::make_shared<HttpRequest>(*request);
    parts_.hooks.on_request(*seen);
    request = std::move(seen);
  }
  if (parts_.hooks.on_response) {
    responder = std::make_shared<ChangingResponder>(std::move(responder), request, parts_.hooks.on_response);
  }
  if (mcp_->Serve(request, responder) || routes_->Serve(request, responder)) return;
  if (request->Path() == "/metrics" && (request->method == "GET" || request->method == "HEAD")) {
    // DNS rebinding: a foreign page whose name was made to lead here could read them otherwise.
    const std::optional<Denial> denial = CheckHostAndOrigin(rules_, *request);
    if (!denial) return ShowMetrics(std::move(responder));
    HttpResponse refused = Bodiless(denial->status);
    refused.headers.Add("Cache-Control", "no-store");
    return responder->Send(std::move(refused));
  }
  ServeHealth(*request, *responder);
}

// Health and readiness, to anybody and without data; and what is neither that nor anything else.
void Worker::ServeHealth(const HttpRequest& request, Responder& responder) {
  HttpResponse response;
  const std::string path = request.Path();
  const bool reading = request.method == "GET" || request.method == "HEAD";
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
  responder.Send(std::move(response));
}

void Worker::Count() {
  parts_.metrics.SetSessions(number_, mcp_->sessions());
  size_t kept = 0;
  for (const auto& [target, source] : sources_) kept += source->kept();
  parts_.metrics.SetCredentials(number_, kept);
}

// Each worker counts what it has first.
void Worker::ShowMetrics(std::shared_ptr<Responder> responder) {
  const auto show = [this, responder = std::move(responder)] {
    HttpResponse response;
    response.headers.Add("Content-Type", "text/plain; version=0.0.4");
    response.headers.Add("Cache-Control", "no-store");
    response.body = parts_.metrics.Text();
    responder->Send(std::move(response));
  };
  Count();
  if (config_.workers == 1) return show();
  const auto left = std::make_shared<std::atomic<size_t>>(config_.workers - 1);
  for (const std::unique_ptr<Worker>& other : parts_.workers) {
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
  routes_->BeginShutdown();
  if (http_ == nullptr) return done();
  http_->Drain(config_.drain, std::move(done));
}

void Worker::GiveBack(std::function<void()> done) {
  if (sources_.empty()) return done();
  const auto left = std::make_shared<size_t>(sources_.size());
  for (const auto& [target, source] : sources_) {
    source->Shutdown(config_.drain, [left, done] {
      if (--*left == 0) done();
    });
  }
}

}  // namespace iff
