#include "servers/mcp/turn.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/bytes.h"
#include "servers/guard/decisions.h"

namespace iff {
namespace {

constexpr std::array<std::string_view, 8> kLogLevels = {"debug", "info",     "notice", "warning",
                                                        "error", "critical", "alert",  "emergency"};

size_t Severity(std::string_view level) {
  return static_cast<size_t>(std::find(kLogLevels.begin(), kLogLevels.end(), level) - kLogLevels.begin());
}

HttpResponse JsonAnswer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string NeededCapability(std::string_view method) {
  if (method == "roots/list") return "roots";
  return std::string(method.substr(0, method.find('/')));  // sampling, elicitation
}

bool Declares(const Json& capabilities, std::string_view method, const Json& params) {
  const auto found = capabilities.find(NeededCapability(method));
  if (found == capabilities.end() || !found->is_object()) return false;
  // An elicitation capability that names no mode means forms (2025-11-25, elicitation).
  if (method == "elicitation/create" && params.is_object()) {
    const std::string mode = params.value("mode", Json("form")) == "url" ? "url" : "form";
    return found->contains(mode) || (mode == "form" && !found->contains("url"));
  }
  return true;
}

Turn::Turn(std::shared_ptr<Serving> serving, std::shared_ptr<Channel> channel,
           std::shared_ptr<const HttpRequest> request)
    : serving_(std::move(serving)), channel_(std::move(channel)), request_(std::move(request)) {}

Turn::~Turn() { Detach(); }

const Json& Turn::meta() const {
  static const Json kNone = Json::object();
  const auto found = message.params.find("_meta");
  return found != message.params.end() && found->is_object() ? *found : kNone;
}

bool Turn::ReadMeta() {
  if (const auto given = message.params.find("_meta"); given != message.params.end() && !given->is_object())
    return false;
  const Json& about = meta();
  if (const auto token = about.find("progressToken"); token != about.end()) {
    if (!IsRequestId(*token)) return false;
    progress_token_ = *token;
  }
  if (revision == Revision::k20260728) {
    if (const auto level = about.find(kMetaLogLevel); level != about.end()) {
      if (!level->is_string() || Severity(level->get_ref<const std::string&>()) == kLogLevels.size()) return false;
      log_level_ = level->get<std::string>();
    }
  }
  return true;
}

void Turn::SetCaller(std::shared_ptr<const Caller> judged) {
  if (judged->correlation.empty()) {
    auto own = std::make_shared<Caller>(*judged);
    own->correlation = RandomUuid();
    judged = std::move(own);
  }
  correlation_ = judged->correlation;
  caller = std::move(judged);
}

void Turn::SetMrtr(Json responses, Json state) {
  input_responses_ = std::move(responses);
  request_state_ = std::move(state);
}

void Turn::Begin(std::chrono::milliseconds limit) {
  running_ = true;
  channel_->Take();
  serving_->running[this] = weak_from_this();
  if (session) session->running[Dump(message.id)] = weak_from_this();
  const std::weak_ptr<Turn> weak = weak_from_this();
  // Hanging up cancels in the stateless revision; before, it says nothing and the work goes on.
  if (stateless()) {
    channel_->OnClose([weak] {
      if (const auto self = weak.lock()) self->Cancel("disconnected");
    });
  }
  if (limit.count() > 0) {
    stop_timer_ = serving_->loop.After(limit, [weak] {
      const auto self = weak.lock();
      if (!self || self->ended_) return;
      self->stop_timer_ = {};
      const auto callbacks = std::exchange(self->on_cancel_, {});
      self->cancelled_ = true;
      self->Fail({.code = rpc::kInternalError, .message = "the request took too long"}, "timeout");
      for (const auto& callback : callbacks) callback();
    });
  }
}

void Turn::LiftLimit() {
  if (stop_timer_) std::exchange(stop_timer_, {})();
}

void Turn::Detach() {
  LiftLimit();
  if (!running_) return;
  running_ = false;
  serving_->running.erase(this);
  if (session) session->running.erase(Dump(message.id));
}

void Turn::OnCancel(std::function<void()> callback) {
  if (cancelled_) {
    callback();
  } else if (!ended_) {
    on_cancel_.push_back(std::move(callback));
  }
}

bool Turn::Record(std::string outcome, std::string reason) {
  if (!serving_->guard.audit) return true;
  if (correlation_.empty()) correlation_ = RandomUuid();
  Decision decision;
  decision.correlation = correlation_;
  if (caller) {
    decision.issuer = caller->claims.issuer;
    decision.subject = caller->claims.subject;
    decision.client = caller->claims.client;
  }
  decision.method = serving_->options.recorded_method(message.method.empty() ? request_->method : message.method);
  decision.tool = tool;
  decision.outcome = std::move(outcome);
  decision.reason = std::move(reason);
  decision.took_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_).count();
  return serving_->guard.audit->Record(decision);
}

HttpResponse Turn::Unavailable() const {
  RpcError error{
      .code = 503, .message = "not available now", .status = 503, .data = Json{{"correlation", correlation_}}};
  return JsonAnswer(503, RenderError(message.id, error));
}

void Turn::End(HttpResponse response, std::string outcome, std::string reason) {
  if (ended_) return;
  ended_ = true;
  const std::shared_ptr<Turn> alive = weak_from_this().lock();
  Detach();
  const bool recorded = Record(std::move(outcome), std::move(reason));
  serving_->audit_broken = !recorded;
  // What nobody can account for later did not happen, as far as the client learns.
  if (!recorded && message.method == "tools/call") response = Unavailable();
  for (auto& [name, value] : headers_) response.headers.Add(std::move(name), std::move(value));
  channel_->Answer(std::move(response));
  on_cancel_.clear();
}

void Turn::Succeed(Json result) { SucceedAs(std::move(result), "allowed", ""); }

void Turn::SucceedAs(Json result, std::string outcome, std::string reason) {
  if (ended_) return;
  if (revision == Revision::k20260728) {
    if (!result.contains("resultType")) result["resultType"] = "complete";
    result["_meta"][std::string(kMetaServerInfo)] = serving_->ServerInfo();
  }
  End(JsonAnswer(200, RenderResult(message.id, result)), std::move(outcome), std::move(reason));
}

bool Turn::Charge(const std::string& group) {
  charged_ = true;
  const std::optional<Denial> denial = TakeBudget(serving_->guard, *caller, group);
  if (denial) Refuse(*denial);
  return !denial;
}

bool Turn::IsPaidFor() { return charged_ || caller == nullptr || Charge("list"); }

void Turn::Fail(RpcError error, std::string reason) {
  if (ended_ || !IsPaidFor()) return;
  if (correlation_.empty()) correlation_ = RandomUuid();
  if (error.data.is_null()) error.data = Json::object();
  if (error.data.is_object()) error.data["correlation"] = correlation_;
  const Json& id = message.id.is_null() ? error.id : message.id;
  // The handshake revisions know no status of errors but that of unreadable messages.
  const std::string body = RenderError(id, error);
  End(JsonAnswer(error.status, body), "failed", std::move(reason));
}

void Turn::Refuse(const Denial& denial) {
  if (ended_ || !IsPaidFor()) return;
  if (correlation_.empty()) correlation_ = RandomUuid();
  const RpcError error{.code = denial.status,
                       .message = RefusalText(denial),
                       .status = denial.status,
                       .data = Json{{"correlation", correlation_}}};
  HttpResponse response = RefusalHead(serving_->guard, denial);
  response.body = RenderError(message.id, error);
  End(std::move(response), "denied", denial.reason);
}

void Turn::Respond(HttpResponse response, std::string outcome, std::string reason) {
  if (ended_ || (outcome == "failed" && !IsPaidFor())) return;
  End(std::move(response), std::move(outcome), std::move(reason));
}

void Turn::Accept() {
  HttpResponse response;
  response.status = 202;
  End(std::move(response), "allowed", "");
}

void Turn::Opened() {
  if (ended_) return;
  ended_ = true;
  serving_->audit_broken = !Record("allowed", "");
}

void Turn::Cancel(const std::string& reason) {
  if (ended_) return;
  ended_ = true;
  const std::shared_ptr<Turn> alive = weak_from_this().lock();
  Detach();
  serving_->audit_broken = !Record("failed", reason);
  channel_->Close();
  cancelled_ = true;
  // A callback may add or drop others.
  for (const auto& callback : std::exchange(on_cancel_, {})) callback();
}

void Turn::Progress(double progress, double total, std::string text) {
  if (ended_ || progress_token_.is_null() || !channel_->streams()) return;
  Json params{{"progressToken", progress_token_}, {"progress", progress}};
  if (total > 0) params["total"] = total;
  if (!text.empty()) params["message"] = std::move(text);
  channel_->Send(RenderNotification("notifications/progress", params));
}

void Turn::LogMessage(std::string level, std::string logger, Json data) {
  if (ended_ || !serving_->Logs(revision) || !channel_->streams()) return;
  const std::string& wanted = stateless() ? log_level_ : session ? session->log_level : log_level_;
  if (stateless() && wanted.empty()) return;  // it did not ask
  if (!wanted.empty() && Severity(level) < Severity(wanted)) return;
  Json params{{"level", std::move(level)}, {"data", std::move(data)}};
  if (!logger.empty()) params["logger"] = std::move(logger);
  channel_->Send(RenderNotification("notifications/message", params));
}

Task<Result<Json>> Turn::Ask(std::string method, Json params) {
  const std::shared_ptr<Turn> self = shared_from_this();
  if (stateless() || !session || !Declares(capabilities, method, params)) {
    co_return Error(ErrorKind::kRefused, "ask the client: it declared no capability for " + method);
  }
  if (ended_ || cancelled_ || !channel_->streams() || channel_->closed()) {
    co_return Error(ErrorKind::kUnavailable, "ask the client: it is not listening");
  }
  const std::string id = "ask-" + std::to_string(session->next_ask++);
  const std::shared_ptr<Session> mine = session;
  Await<Result<Json>>::Start start = [self, mine, id, &method, &params](std::function<void(Result<Json>)> done) {
    mine->asked[id] = std::move(done);
    self->OnCancel([mine, id] {
      const auto waiting = mine->asked.find(id);
      if (waiting == mine->asked.end()) return;
      const Session::Answered answered = std::move(waiting->second);
      mine->asked.erase(waiting);
      answered(Error(ErrorKind::kTimeout, "ask the client: the request ended first"));
    });
    self->channel_->Send(RenderRequest(id, method, params));
  };
  Await<Result<Json>> answer(std::move(start));
  Result<Json> seen = co_await answer;
  co_return seen;
}

}  // namespace iff
