// Tools that need more from the client before they can answer (2026-07-28, multi round-trip requests).
#include "servers/conformance/offer.h"

namespace iff {
namespace {

using Answer = std::function<ToolResult(const ToolCall&)>;

Tool Asking(std::string name, Answer answer) {
  Tool tool;
  tool.name = "test_input_required_result_" + std::move(name);
  tool.description = "Asks for input before it answers";
  tool.input_schema = Json{{"type", "object"}, {"properties", Json::object()}};
  tool.run = [answer](ToolCall call) -> Task<ToolResult> { co_return answer(call); };
  return tool;
}

ToolResult Ask(Json requests, Json state = nullptr) {
  ToolResult result;
  result.input_requests = std::move(requests);
  result.state = std::move(state);
  return result;
}

const Json* Response(const ToolCall& call, const std::string& key) {
  return Find(call.conversation->input_responses(), "/" + key);
}

std::string Field(const ToolCall& call, const std::string& key, const std::string& field) {
  const Json* response = Response(call, key);
  return response == nullptr ? "" : AtOr<std::string>(*response, "/content/" + field, "");
}

ToolResult OneForm(const ToolCall& call) {
  const std::string name = Field(call, "user_name", "name");
  if (name.empty()) return Ask(Json{{"user_name", FormRequest("What is your name?", "name", "string")}});
  return ToolResult::Text("Hello, " + name + "!");
}

ToolResult OneSample(const ToolCall& call) {
  const Json* response = Response(call, "capital_question");
  if (response == nullptr)
    return Ask(Json{{"capital_question", SamplingRequest("What is the capital of France?", 100)}});
  return ToolResult::Text("Sampling result: " + AtOr<std::string>(*response, "/content/text", "no response"));
}

ToolResult Roots(const ToolCall& call) {
  const Json* response = Response(call, "client_roots");
  if (response == nullptr) {
    return Ask(Json{{"client_roots", {{"method", "roots/list"}, {"params", Json::object()}}}});
  }
  return ToolResult::Text("Found roots: " + Dump(AtOr<Json>(*response, "/roots", Json::array())));
}

// Answers only to its own state; the runtime has refused every other.
ToolResult Confirm(const ToolCall& call) {
  const Json* confirmed = Response(call, "confirm");
  if (call.conversation->request_state() != "asked" || confirmed == nullptr) {
    return Ask(Json{{"confirm", FormRequest("Please confirm", "ok", "boolean")}}, "asked");
  }
  return ToolResult::Text("state-ok");
}

ToolResult Several(const ToolCall& call) {
  const bool complete = Response(call, "user_name") != nullptr && Response(call, "greeting") != nullptr &&
                        Response(call, "client_roots") != nullptr;
  if (!complete) {
    return Ask(Json{{"user_name", FormRequest("What is your name?", "name", "string")},
                    {"greeting", SamplingRequest("Generate a greeting", 50)},
                    {"client_roots", {{"method", "roots/list"}, {"params", Json::object()}}}},
               "asked");
  }
  return ToolResult::Text("Name: " + Field(call, "user_name", "name"));
}

ToolResult Rounds(const ToolCall& call) {
  const Json& state = call.conversation->request_state();
  const int64_t round = AtOr<int64_t>(state, "/round", 0);
  if (round == 1 && Response(call, "step1") != nullptr) {
    return Ask(Json{{"step2", FormRequest("Step 2: What is your favorite color?", "color", "string")}},
               Json{{"round", 2}, {"name", Field(call, "step1", "name")}});
  }
  if (round == 2 && Response(call, "step2") != nullptr) {
    return ToolResult::Text(AtOr<std::string>(state, "/name", "") + " likes " + Field(call, "step2", "color"));
  }
  return Ask(Json{{"step1", FormRequest("Step 1: What is your name?", "name", "string")}}, Json{{"round", 1}});
}

// Asks for no more than the client said it can do.
ToolResult WithinCapabilities(const ToolCall& call) {
  const Json& declared = call.conversation->client_capabilities();
  if (!call.conversation->input_responses().empty()) return ToolResult::Text("capabilities-ok");
  Json requests = Json::object();
  if (declared.contains("elicitation")) requests["elicit_input"] = FormRequest("Elicitation input", "value", "string");
  if (declared.contains("sampling")) requests["sample_input"] = SamplingRequest("Sample request", 50);
  return requests.empty() ? ToolResult::Text("no capability to ask with") : Ask(std::move(requests));
}

ToolResult NeedsSampling(const ToolCall& call) {
  if (call.conversation->client_capabilities().contains("sampling")) return ToolResult::Text("Success");
  return Ask(Json{{"sample", SamplingRequest("anything", 10)}});
}

}  // namespace

std::vector<Tool> RoundTripTools() {
  Tool sampling = Asking("", NeedsSampling);
  sampling.name = "test_missing_capability";
  Tool streaming = Asking("", OneForm);
  streaming.name = "test_streaming_elicitation";
  return {Asking("elicitation", OneForm),
          Asking("sampling", OneSample),
          Asking("list_roots", Roots),
          Asking("request_state", Confirm),
          Asking("tampered_state", Confirm),
          Asking("multiple_inputs", Several),
          Asking("multi_round", Rounds),
          Asking("capabilities", WithinCapabilities),
          std::move(sampling),
          std::move(streaming)};
}

}  // namespace iff
