#include "servers/http/routes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/log.h"
#include "servers/guard/decisions.h"

namespace iff {
namespace {

// A segment as it is meant, or nothing for one that climbs, is empty, or hides what separates.
std::optional<std::string> DecodeSegment(std::string_view text) {
  const Result<std::string> decoded = PercentDecode(text);
  if (!decoded.ok() || decoded->empty() || *decoded == "." || *decoded == "..") return std::nullopt;
  const bool hides = std::any_of(decoded->begin(), decoded->end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '/' || c == '\\' || byte < 0x20 || byte == 0x7f;
  });
  if (hides) return std::nullopt;
  return *decoded;
}

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

// One request on its way to a route. Every ending records it once.
struct RouteTurn {
  std::shared_ptr<const HttpRequest> request = {};
  std::shared_ptr<Responder> responder = {};
  std::shared_ptr<const Caller> caller = {};
  std::string correlation = {};
  std::string route = {};  // its pattern: never what the caller made up
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

bool Record(const Guard& guard, const RouteTurn& turn, std::string outcome, std::string reason) {
  if (!guard.audit) return true;
  Decision decision;
  decision.correlation = turn.correlation;
  if (turn.caller) {
    decision.issuer = turn.caller->claims.issuer;
    decision.subject = turn.caller->claims.subject;
    decision.client = turn.caller->claims.client;
  }
  decision.method = RecordedMethod(turn.request->method);
  decision.tool = turn.route;
  decision.outcome = std::move(outcome);
  decision.reason = std::move(reason);
  decision.took_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - turn.began).count();
  return guard.audit->Record(decision);
}

std::string ErrorBody(const std::string& message, const std::string& correlation) {
  Json error = Json::object();
  error["message"] = message;
  error["correlation"] = correlation;
  Json body = Json::object();
  body["error"] = std::move(error);
  return Dump(body);
}

void Refuse(const Guard& guard, const RouteTurn& turn, const Denial& denial) {
  HttpResponse response = RefusalHead(guard, denial);
  response.body = ErrorBody(RefusalText(denial), turn.correlation);
  (void)Record(guard, turn, "denied", denial.reason);
  turn.responder->Send(std::move(response));
}

void Fail(const Guard& guard, const RouteTurn& turn, int status, const std::string& message, std::string reason,
          const std::string& allow = {}) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Cache-Control", "no-store");
  if (!allow.empty()) response.headers.Add("Allow", allow);
  response.body = ErrorBody(message, turn.correlation);
  (void)Record(guard, turn, "failed", std::move(reason));
  turn.responder->Send(std::move(response));
}

}  // namespace

std::optional<std::map<std::string, std::string>> MatchRoute(std::string_view pattern, std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::map<std::string, std::string> parameters;
  const std::vector<std::string_view> wanted = Segments(pattern);
  const std::vector<std::string_view> given = Segments(path);
  for (size_t i = 0; i < wanted.size(); ++i) {
    const bool parameter = wanted[i].size() > 2 && wanted[i].starts_with('{') && wanted[i].ends_with('}');
    std::string_view name = parameter ? wanted[i].substr(1, wanted[i].size() - 2) : "";
    const bool rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    if (i >= given.size()) return std::nullopt;
    if (!parameter) {
      if (wanted[i] != given[i]) return std::nullopt;
      continue;
    }
    std::string value;
    for (size_t at = i; at < (rest ? given.size() : i + 1); ++at) {
      const std::optional<std::string> segment = DecodeSegment(given[at]);
      if (!segment) return std::nullopt;
      value += (at == i ? "" : "/") + *segment;
    }
    parameters[std::string(name)] = std::move(value);
    if (rest) return parameters;
  }
  if (given.size() != wanted.size()) return std::nullopt;
  return parameters;
}

struct RouteServer::State {
  State(std::vector<Route> what, Guard decided_by, RequestRules checked)
      : routes(std::move(what)), guard(std::move(decided_by)), rules(std::move(checked)) {
    std::set<std::string> known;
    for (const Route& route : routes) {
      Invariant(known.insert(route.method + " " + route.path).second, "each method and path has one route");
      Invariant(route.run != nullptr, "a route has a handler");
    }
  }

  const std::vector<Route> routes;
  const Guard guard;
  const RequestRules rules;
  bool shutting_down = false;
  bool audit_broken = false;

  // One of the routes with that path, for its pattern.
  const Route* OfPath(const std::string& path) const {
    const auto found =
        std::find_if(routes.begin(), routes.end(), [&](const Route& one) { return MatchRoute(one.path, path); });
    return found == routes.end() ? nullptr : &*found;
  }

  static Task<void> Handle(std::shared_ptr<State> self, std::shared_ptr<RouteTurn> turn) {
    const Guard& guard = self->guard;
    if (self->shutting_down) co_return Refuse(guard, *turn, ShuttingDown());
    auto checking = CheckRequest(guard, self->rules, turn->request);
    const Checked checked = co_await std::move(checking);
    if (checked.caller) {
      auto caller = std::make_shared<Caller>(*checked.caller);
      if (caller->correlation.empty()) caller->correlation = turn->correlation;
      turn->correlation = caller->correlation;
      turn->caller = std::move(caller);
    }
    if (checked.denial) co_return Refuse(guard, *turn, *checked.denial);

    const std::string path = turn->request->Path();
    const std::string method = turn->request->method == "HEAD" ? "GET" : turn->request->method;
    const Route* route = nullptr;
    RouteCall call;
    std::string allowed;
    for (const Route& one : self->routes) {
      std::optional<std::map<std::string, std::string>> parameters = MatchRoute(one.path, path);
      if (!parameters) continue;
      allowed += (allowed.empty() ? "" : ", ") + one.method + (one.method == "GET" ? ", HEAD" : "");
      if (one.method != method || route != nullptr) continue;
      route = &one;
      call.parameters = std::move(*parameters);
    }
    if (route == nullptr) co_return Fail(guard, *turn, 405, "method not allowed", "method_not_allowed", allowed);
    turn->route = route->path;
    if (self->audit_broken) {
      Denial denial;
      denial.status = 503;
      denial.reason = "audit_unavailable";
      denial.retry_after = std::chrono::seconds(1);
      // The next one is served if this one can be recorded.
      self->audit_broken = !Record(guard, *turn, "denied", denial.reason);
      HttpResponse response = RefusalHead(guard, denial);
      response.body = ErrorBody(RefusalText(denial), turn->correlation);
      turn->responder->Send(std::move(response));
      co_return;
    }
    if (const auto denial = TakeBudget(guard, *turn->caller, route->group)) co_return Refuse(guard, *turn, *denial);
    if (const auto denial = CheckScope(guard, *turn->caller, route->scope)) co_return Refuse(guard, *turn, *denial);
    call.request = turn->request;
    call.caller = turn->caller;
    std::optional<HttpResponse> response;
    try {
      Task<HttpResponse> running = route->run(std::move(call));
      response = co_await std::move(running);
    } catch (...) {
      // Handlers stand on others' code: what that throws ends its own request alone, and its text may hold anything.
      Log(LogLevel::kError, "route-threw", {{"route", route->path}, {"correlation", turn->correlation}});
    }
    if (!response) co_return Fail(guard, *turn, 500, "internal error", "internal");
    const bool fine = response->status < 400;
    if (response->headers.Find("Cache-Control") == nullptr) response->headers.Add("Cache-Control", "no-store");
    self->audit_broken =
        !Record(guard, *turn, fine ? "allowed" : "failed", fine ? "" : "status_" + std::to_string(response->status));
    if (self->audit_broken) {
      // What nobody can account for later did not happen, as far as the client learns.
      HttpResponse unavailable;
      unavailable.status = 503;
      unavailable.headers.Add("Content-Type", "application/json");
      unavailable.headers.Add("Cache-Control", "no-store");
      unavailable.body = ErrorBody("not available now", turn->correlation);
      response = std::move(unavailable);
    }
    turn->responder->Send(std::move(*response));
  }
};

RouteServer::RouteServer(std::vector<Route> routes, Guard guard, RequestRules rules)
    : state_(std::make_shared<State>(std::move(routes), std::move(guard), std::move(rules))) {}

bool RouteServer::Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
  const Route* const route = state_->OfPath(request->Path());
  if (route == nullptr) return false;
  auto turn = std::make_shared<RouteTurn>();
  turn->request = std::move(request);
  turn->responder = std::move(responder);
  turn->correlation = RandomUuid();
  turn->route = route->path;
  Spawn(State::Handle(state_, std::move(turn)));
  return true;
}

void RouteServer::BeginShutdown() { state_->shutting_down = true; }

}  // namespace iff
