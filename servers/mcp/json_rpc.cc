#include "servers/mcp/json_rpc.h"

#include <utility>

namespace iff {
namespace {

// Longest text of an id; it is echoed, logged and used as a key.
constexpr size_t kLongestId = 256;

RpcError Invalid(std::string message, Json id = nullptr) {
  return {.code = rpc::kInvalidRequest, .message = std::move(message), .status = 400, .id = std::move(id)};
}

// The parser tells by its message; there is no other sign.
bool IsStructural(std::string_view problem) {
  return problem.find("duplicate member") != std::string_view::npos ||
         problem.find("nested deeper") != std::string_view::npos;
}

}  // namespace

bool IsRequestId(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().size() <= kLongestId;
  return value.is_number_integer();
}

Result<Message, RpcError> ParseMessage(std::string_view text) {
  Result<Json> parsed = ParseJson(text);
  if (!parsed.ok()) {
    if (IsStructural(parsed.error().message())) return Invalid("ambiguous or too deeply nested message");
    return RpcError{.code = rpc::kParseError, .message = "parse error", .status = 400};
  }
  Json root = std::move(parsed).value();
  if (root.is_array()) return Invalid("batches are not supported");
  if (!root.is_object()) return Invalid("a message is an object");

  Message message;
  const auto id = root.find("id");
  const bool has_id = id != root.end();
  if (has_id && IsRequestId(*id)) message.id = *id;
  const Json known = message.id;

  const auto version = root.find("jsonrpc");
  if (version == root.end() || *version != "2.0") return Invalid("jsonrpc must be \"2.0\"", known);
  if (has_id && message.id.is_null()) return Invalid("an id is a string or an integer");

  const auto method = root.find("method");
  const auto result = root.find("result");
  const auto error = root.find("error");
  if (method == root.end()) {
    const bool one = (result != root.end()) != (error != root.end());
    if (!one || !has_id) return Invalid("method missing", known);
    message.kind = MessageKind::kResponse;
    message.is_error = error != root.end();
    message.result = std::move(message.is_error ? *error : *result);
    return message;
  }
  if (!method->is_string() || method->get_ref<const std::string&>().empty()) {
    return Invalid("a method is a text", known);
  }
  if (result != root.end() || error != root.end()) return Invalid("request and response in one", known);
  message.method = std::move(method->get_ref<std::string&>());
  if (const auto params = root.find("params"); params != root.end()) {
    if (!params->is_object()) return Invalid("params is an object", known);
    message.params = std::move(*params);
  }
  if (has_id) return message;
  // What is not called a notification wants an answer, and an answer needs an id.
  if (!message.method.starts_with("notifications/")) return Invalid("id missing");
  message.kind = MessageKind::kNotification;
  return message;
}

std::string RenderResult(const Json& id, const Json& result) {
  return R"({"jsonrpc":"2.0","id":)" + Dump(id) + R"(,"result":)" + Dump(result) + "}";
}

std::string RenderError(const Json& id, const RpcError& error) {
  std::string text = R"({"jsonrpc":"2.0",)";
  // Without an id there is none to repeat; the member is left out then, as MCP's schema wants it.
  if (!id.is_null()) text += R"("id":)" + Dump(id) + ",";
  text += R"("error":{"code":)" + std::to_string(error.code) + R"(,"message":)" + Dump(error.message);
  if (!error.data.is_null()) text += R"(,"data":)" + Dump(error.data);
  return text + "}}";
}

std::string RenderNotification(std::string_view method, const Json& params) {
  std::string text = R"({"jsonrpc":"2.0","method":)" + Dump(std::string(method));
  if (!params.is_null()) text += R"(,"params":)" + Dump(params);
  return text + "}";
}

std::string RenderRequest(const Json& id, std::string_view method, const Json& params) {
  return R"({"jsonrpc":"2.0","id":)" + Dump(id) + R"(,"method":)" + Dump(std::string(method)) + R"(,"params":)" +
         Dump(params) + "}";
}

}  // namespace iff
