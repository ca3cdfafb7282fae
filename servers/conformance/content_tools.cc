#include "servers/conformance/offer.h"

namespace iff {
namespace {

Json EmbeddedResource(const char* uri, const char* mime_type, std::string text) {
  return Json{{"type", "resource"}, {"resource", {{"uri", uri}, {"mimeType", mime_type}, {"text", std::move(text)}}}};
}

// A tool without arguments that always answers `result`.
Tool Fixed(std::string name, std::string description, ToolResult result) {
  Tool tool;
  tool.name = std::move(name);
  tool.description = std::move(description);
  tool.input_schema = Json{{"type", "object"}, {"properties", Json::object()}};
  tool.run = [result](ToolCall) -> Task<ToolResult> { co_return result; };
  return tool;
}

ToolResult Content(Json blocks) {
  ToolResult result;
  result.content = std::move(blocks);
  return result;
}

// Keywords of 2020-12 that a server must show as they are.
Tool KeywordTool() {
  Tool tool;
  tool.name = "json_schema_2020_12_tool";
  tool.description = "Takes a person in the words of JSON Schema 2020-12";
  tool.input_schema = Json::parse(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object",
                          "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
                   "contactMethod": {"type": "string", "enum": ["phone", "email"]},
                   "phone": {"type": "string"}, "email": {"type": "string"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": false
  })");
  tool.run = [](ToolCall call) -> Task<ToolResult> {
    co_return ToolResult::Text("called with " + Dump(call.arguments));
  };
  return tool;
}

// A parameter that travels in a header as well.
Tool MirroredTool() {
  Tool tool;
  tool.name = "test_header_parameter";
  tool.description = "Mirrors a parameter into a header";
  tool.input_schema = Json{{"type", "object"},
                           {"properties",
                            {{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}},
                             {"count", {{"type", "integer"}, {"x-mcp-header", "Count"}}}}}};
  tool.run = [](ToolCall call) -> Task<ToolResult> {
    co_return ToolResult::Text("region " + AtOr<std::string>(call.arguments, "/region", "none"));
  };
  return tool;
}

Tool StructuredTool() {
  Tool tool;
  tool.name = "test_structured_content";
  tool.description = "Answers with structured content that fits its schema";
  tool.output_schema = Json{
      {"type", "object"}, {"properties", {{"answer", {{"type", "integer"}}}}}, {"required", Json::array({"answer"})}};
  tool.run = [](ToolCall) -> Task<ToolResult> { co_return ToolResult::Structured(Json{{"answer", 42}}); };
  return tool;
}

}  // namespace

std::vector<Tool> ContentTools() {
  const Json image{{"type", "image"}, {"data", kPixel}, {"mimeType", "image/png"}};
  const Json audio{{"type", "audio"}, {"data", kSilence}, {"mimeType", "audio/wav"}};
  const Json text{{"type", "text"}, {"text", "Multiple content types test:"}};
  const Json resource =
      EmbeddedResource("test://embedded-resource", "text/plain", "This is an embedded resource content.");
  const Json mixed =
      EmbeddedResource("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})");
  ToolResult failure = ToolResult::Text("This tool intentionally returns an error for testing");
  failure.is_error = true;
  return {
      Fixed("test_simple_text", "Answers with text", ToolResult::Text("This is a simple text response for testing.")),
      Fixed("test_image_content", "Answers with an image", Content(Json::array({image}))),
      Fixed("test_audio_content", "Answers with a sound", Content(Json::array({audio}))),
      Fixed("test_embedded_resource", "Answers with a resource", Content(Json::array({resource}))),
      Fixed("test_multiple_content_types", "Answers with text, image and resource",
            Content(Json::array({text, image, mixed}))),
      Fixed("test_error_handling", "Always fails", failure),
      KeywordTool(),
      MirroredTool(),
      StructuredTool(),
  };
}

}  // namespace iff
