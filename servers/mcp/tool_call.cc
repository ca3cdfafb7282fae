// tools/call, and the rounds in which a call asks its client for input.
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/log.h"
#include "servers/mcp/methods.h"

namespace iff {
namespace {

// Time for a person to answer what a call asked.
constexpr std::chrono::seconds kStateLifetime = std::chrono::minutes(10);

std::string BindingOf(const Turn& turn) {
  Json salient = Json::object();
  for (const char* member : {"name", "uri", "arguments"}) {
    if (const auto found = turn.params().find(member); found != turn.params().end()) salient[member] = *found;
  }
  return "state\n" +
         turn.serving().options.state_binding(
             {.method = turn.message.method, .parameters = Sha256(Dump(salient)), .holder = turn.caller->Holder()});
}

// An input schema violation, as the revision at hand wants it told.
void RefuseArguments(Turn& turn, const std::string& violation) {
  if (turn.revision <= Revision::k20250618) {
    turn.Fail(InvalidParams("invalid arguments: " + violation), "invalid_arguments");
    return;
  }
  const ToolResult failure = ToolResult::Failure("invalid_arguments", "invalid arguments: " + violation);
  Json structured = failure.structured;
  structured["error"]["correlation"] = turn.correlation();
  Json result{{"content", failure.content}, {"structuredContent", std::move(structured)}, {"isError", true}};
  turn.SucceedAs(std::move(result), "failed", "invalid_arguments");
}

// Why a result does not fit what the tool promised, or nothing.
std::optional<std::string> OutputViolation(const PreparedTool& prepared, const ToolResult& result) {
  if (!prepared.output || result.is_error) return std::nullopt;
  return prepared.output->Violation(result.structured);
}

void Answer(Turn& turn, ToolResult made) {
  const bool modern = turn.revision == Revision::k20260728;
  std::string reason;
  if (made.is_error) {
    reason = AtOr<std::string>(made.structured, "/error/code", "tool_error");
    if (Find(made.structured, "/error") != nullptr && made.structured["error"].is_object()) {
      made.structured["error"].emplace("correlation", turn.correlation());
    }
  }
  if (made.content.empty() && !made.structured.is_null()) {
    made.content.push_back(Json{{"type", "text"}, {"text", Dump(made.structured)}});
  }
  Json result = Json::object();
  result["content"] = std::move(made.content);
  // The handshake revisions know structured content as objects only.
  if (!made.structured.is_null() && (modern || made.structured.is_object())) {
    result["structuredContent"] = std::move(made.structured);
  }
  if (made.is_error) result["isError"] = true;
  if (made.meta.is_object()) result["_meta"] = std::move(made.meta);
  result["_meta"][std::string(kMetaCorrelation)] = turn.correlation();
  turn.SucceedAs(std::move(result), reason.empty() ? "allowed" : "failed", reason);
}

}  // namespace

std::string StateBinding(const StateUse& use) { return use.method + "\n" + use.parameters + "\n" + use.holder; }

std::optional<RpcError> OpenRetry(Turn& turn) {
  if (!turn.stateless()) return std::nullopt;
  const auto state = turn.params().find("requestState");
  const auto responses = turn.params().find("inputResponses");
  const bool has_state = state != turn.params().end();
  const bool has_responses = responses != turn.params().end();
  if (has_responses) {
    if (!responses->is_object()) return InvalidParams("inputResponses is an object");
    for (const Json& response : *responses) {
      if (!response.is_object()) return InvalidParams("an input response is an object");
    }
  }
  if (!has_state) {
    turn.SetMrtr(has_responses ? *responses : Json(), nullptr);
    return std::nullopt;
  }
  if (!state->is_string()) return InvalidParams("requestState is a text");
  std::optional<Json> opened = turn.serving().sealed.Redeem(state->get_ref<const std::string&>(), BindingOf(turn));
  if (!opened) return InvalidParams("requestState is not valid here");
  // Answers to questions that were not asked are not passed on.
  Json asked = Json::object();
  for (const Json& key : (*opened)["keys"]) {
    if (!has_responses) break;
    const auto answer = responses->find(key.get_ref<const std::string&>());
    if (answer != responses->end()) asked[key.get<std::string>()] = *answer;
  }
  turn.SetMrtr(has_responses ? std::move(asked) : Json(), std::move((*opened)["state"]));
  return std::nullopt;
}

void AskForInput(Turn& turn, Json requests, Json state) {
  if (!turn.stateless()) {
    Log(LogLevel::kError, "input-not-askable", {{"tool", turn.tool}});
    return turn.Fail({.code = rpc::kInternalError, .message = "internal error"}, "internal");
  }
  Json missing = Json::object();
  Json keys = Json::array();
  if (!requests.is_object()) requests = Json::object();
  for (const auto& [key, request] : requests.items()) {
    const std::string method = AtOr<std::string>(request, "/method", "");
    const Json params = AtOr<Json>(request, "/params", Json::object());
    if (!Declares(turn.capabilities, method, params)) {
      Json& needed = missing[NeededCapability(method)];
      needed = Json::object();
      if (AtOr<std::string>(params, "/mode", "") == "url") needed["url"] = Json::object();
    }
    keys.push_back(key);
  }
  if (!missing.empty()) {
    RpcError error{.code = rpc::kMissingCapability, .message = "a client capability is missing", .status = 400};
    error.data = Json{{"requiredCapabilities", std::move(missing)}};
    return turn.Fail(std::move(error), "missing_capability");
  }
  Json result{{"resultType", "input_required"}};
  if (!requests.empty()) result["inputRequests"] = std::move(requests);
  const Json kept{{"keys", std::move(keys)}, {"state", std::move(state)}};
  result["requestState"] = turn.serving().sealed.Seal(kept, BindingOf(turn), kStateLifetime);
  turn.SucceedAs(std::move(result), "allowed", "input_required");
}

Task<void> CallTool(std::shared_ptr<Turn> turn) {
  Serving& serving = turn->serving();
  const auto name = turn->params().find("name");
  const bool named = name != turn->params().end() && name->is_string();
  const PreparedTool* prepared = named ? serving.FindTool(name->get_ref<const std::string&>()) : nullptr;
  turn->tool = prepared != nullptr ? prepared->tool.name : "";  // never a name the caller made up
  if (serving.audit_broken) {
    Denial denial;
    denial.status = 503;
    denial.reason = "audit_unavailable";
    denial.retry_after = std::chrono::seconds(1);
    turn->Refuse(denial);
    co_return;
  }
  if (!turn->Charge(prepared != nullptr ? prepared->tool.group : "list")) co_return;
  if (prepared == nullptr) {
    turn->Fail(InvalidParams("unknown tool"), "unknown_tool");
    co_return;
  }
  if (!Authorize(*turn, prepared->tool.scope)) co_return;
  ToolCall call;
  if (const auto arguments = turn->params().find("arguments"); arguments != turn->params().end()) {
    call.arguments = *arguments;
  }
  if (!call.arguments.is_object()) {
    turn->Fail(InvalidParams("arguments is an object"), "invalid_params");
    co_return;
  }
  if (turn->stateless() && turn->over_http) {
    if (std::optional<RpcError> wrong = CheckParameterHeaders(turn->request(), call.arguments, prepared->mirrored)) {
      turn->Fail(std::move(*wrong), "header_mismatch");
      co_return;
    }
  }
  if (const std::optional<std::string> violation = prepared->input->Violation(call.arguments)) {
    RefuseArguments(*turn, *violation);
    co_return;
  }
  if (const std::optional<RpcError> wrong = OpenRetry(*turn)) {
    turn->Fail(*wrong, "invalid_state");
    co_return;
  }
  call.name = prepared->tool.name;
  call.caller = turn->caller;
  call.conversation = turn;
  turn->Begin(serving.options.call_timeout);
  if (turn->ended()) co_return;  // gone already
  Task<ToolResult> running = prepared->tool.run(std::move(call));
  ToolResult made = co_await std::move(running);
  if (turn->ended()) co_return;  // it took too long, or nobody waits any more
  if (!made.input_requests.is_null() || !made.state.is_null()) {
    AskForInput(*turn, std::move(made.input_requests), std::move(made.state));
    co_return;
  }
  if (const std::optional<std::string> violation = OutputViolation(*prepared, made)) {
    Log(LogLevel::kError, "output-withheld", {{"tool", turn->tool}, {"why", *violation}});
    turn->Fail({.code = rpc::kInternalError, .message = "internal error"}, "invalid_output");
    co_return;
  }
  Answer(*turn, std::move(made));
}

}  // namespace iff
