#include "servers/mcp/tool.h"

namespace iff {

ToolResult ToolResult::Text(std::string text) {
  ToolResult result;
  result.content.push_back(Json{{"type", "text"}, {"text", std::move(text)}});
  return result;
}

ToolResult ToolResult::Structured(Json value) {
  ToolResult result;
  result.structured = std::move(value);
  return result;
}

ToolResult ToolResult::Failure(std::string code, std::string message, bool retryable) {
  ToolResult result = Text(message);
  Json error = Json::object();
  error["code"] = std::move(code);
  error["message"] = std::move(message);
  error["retryable"] = retryable;
  result.structured = Json::object();
  result.structured["error"] = std::move(error);
  result.is_error = true;
  return result;
}

}  // namespace iff
