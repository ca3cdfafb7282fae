// Tools that say something before their answer, or ask the client on its stream (handshake revisions).
#include "servers/conformance/offer.h"

namespace iff {
namespace {

Tool Named(std::string name, std::string description) {
  Tool tool;
  tool.name = std::move(name);
  tool.description = std::move(description);
  tool.input_schema = Json{{"type", "object"}, {"properties", Json::object()}};
  return tool;
}

Json OneText(const char* name, const char* description) {
  return Json{{"type", "object"},
              {"properties", {{name, {{"type", "string"}, {"description", description}}}}},
              {"required", Json::array({name})}};
}

// Asks with a form and tells what came back.
Task<ToolResult> AskForm(ToolCall call, std::string message, Json schema) {
  Json params{{"message", std::move(message)}, {"requestedSchema", std::move(schema)}};
  Task<Result<Json>> asking = call.conversation->Ask("elicitation/create", std::move(params));
  const Result<Json> answer = co_await std::move(asking);
  if (!answer.ok()) co_return ToolResult::Text("elicitation not supported");
  co_return ToolResult::Text("Elicitation completed: action=" + AtOr<std::string>(answer.value(), "/action", "none") +
                             ", content=" + Dump(AtOr<Json>(answer.value(), "/content", Json::object())));
}

Json Defaults() {
  return Json::parse(R"json({"type": "object", "required": [], "properties": {
    "name": {"type": "string", "description": "User name", "default": "John Doe"},
    "age": {"type": "integer", "description": "User age", "default": 30},
    "score": {"type": "number", "description": "User score", "default": 95.5},
    "status": {"type": "string", "description": "User status", "enum": ["active", "inactive", "pending"],
               "default": "active"},
    "verified": {"type": "boolean", "description": "Verification status", "default": true}}})json");
}

Json Enums() {
  return Json::parse(R"json({"type": "object", "required": [], "properties": {
    "untitledSingle": {"type": "string", "description": "Select one option", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {"type": "string", "description": "Select one option with titles", "oneOf": [
      {"const": "value1", "title": "First Option"}, {"const": "value2", "title": "Second Option"},
      {"const": "value3", "title": "Third Option"}]},
    "legacyEnum": {"type": "string", "description": "Select one option (legacy)", "enum": ["opt1", "opt2", "opt3"],
                   "enumNames": ["Option One", "Option Two", "Option Three"]},
    "untitledMulti": {"type": "array", "description": "Select multiple options", "minItems": 1, "maxItems": 3,
                      "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
    "titledMulti": {"type": "array", "description": "Select multiple options with titles", "minItems": 1, "maxItems": 3,
                    "items": {"anyOf": [{"const": "value1", "title": "First Choice"},
                                        {"const": "value2", "title": "Second Choice"},
                                        {"const": "value3", "title": "Third Choice"}]}}}})json");
}

}  // namespace

std::vector<Tool> TalkingTools() {
  Tool logging = Named("test_tool_with_logging", "Logs while it runs");
  logging.run = [](ToolCall call) -> Task<ToolResult> {
    for (const char* line : {"Tool execution started", "Tool processing data", "Tool execution completed"}) {
      call.conversation->LogMessage("info", "", line);
    }
    co_return ToolResult::Text("Tool with logging executed successfully");
  };
  Tool quiet = logging;
  quiet.name = "test_logging_tool";

  Tool progress = Named("test_tool_with_progress", "Reports progress while it runs");
  progress.run = [](ToolCall call) -> Task<ToolResult> {
    for (const double done : {0.0, 50.0, 100.0}) call.conversation->Progress(done, 100, "");
    co_return ToolResult::Text("Tool with progress executed successfully");
  };

  Tool sampling = Named("test_sampling", "Asks the client's model");
  sampling.input_schema = OneText("prompt", "The prompt to send to the model");
  sampling.run = [](ToolCall call) -> Task<ToolResult> {
    Json params = SamplingRequest(AtOr<std::string>(call.arguments, "/prompt", ""), 100)["params"];
    Task<Result<Json>> asking = call.conversation->Ask("sampling/createMessage", std::move(params));
    const Result<Json> answer = co_await std::move(asking);
    if (!answer.ok()) co_return ToolResult::Text("sampling not supported");
    co_return ToolResult::Text("LLM response: " + AtOr<std::string>(answer.value(), "/content/text", "none"));
  };

  Tool elicitation = Named("test_elicitation", "Asks the client's user");
  elicitation.input_schema = OneText("message", "The message to show the user");
  elicitation.run = [](ToolCall call) -> Task<ToolResult> {
    std::string message = AtOr<std::string>(call.arguments, "/message", "");
    Json schema = OneText("response", "User's response");
    Task<ToolResult> asking = AskForm(std::move(call), std::move(message), std::move(schema));
    ToolResult answer = co_await std::move(asking);
    co_return answer;
  };

  Tool defaults = Named("test_elicitation_sep1034_defaults", "Asks with default values");
  defaults.run = [](ToolCall call) -> Task<ToolResult> {
    Task<ToolResult> asking =
        AskForm(std::move(call), "Please review and update the form fields with defaults", Defaults());
    ToolResult answer = co_await std::move(asking);
    co_return answer;
  };

  Tool enums = Named("test_elicitation_sep1330_enums", "Asks with choices of every shape");
  enums.run = [](ToolCall call) -> Task<ToolResult> {
    Task<ToolResult> asking = AskForm(std::move(call), "Please select options from the enum fields", Enums());
    ToolResult answer = co_await std::move(asking);
    co_return answer;
  };
  return {logging, quiet, progress, sampling, elicitation, defaults, enums};
}

}  // namespace iff
