// JSON-RPC 2.0 as MCP narrows it: one message at a time, ids are strings or integers, params objects.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/json.h"

namespace iff {

// Codes of JSON-RPC and of MCP's table; nothing of ours lies between -32768 and -32000.
namespace rpc {
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kResourceNotFound = -32002;  // handshake revisions only
inline constexpr int kHeaderMismatch = -32020;
inline constexpr int kMissingCapability = -32021;
inline constexpr int kUnsupportedVersion = -32022;
}  // namespace rpc

enum class MessageKind { kRequest, kNotification, kResponse };

struct Message {
  MessageKind kind = MessageKind::kRequest;
  Json id = nullptr;  // null for a notification
  std::string method = {};
  Json params = Json::object();
  Json result = nullptr;  // of a response
  bool is_error = false;  // the response told of a failure
};

struct RpcError {
  int code = rpc::kInternalError;
  std::string message = {};  // constant text
  int status = 200;          // of the HTTP answer
  Json data = nullptr;
  Json id = nullptr;  // set by ParseMessage where it could still be read
};

// A batch, a duplicate member, or too deep nesting is an invalid request; anything unreadable a parse
// error. Either is HTTP 400.
Result<Message, RpcError> ParseMessage(std::string_view text);

// True for what may stand in "id" and "progressToken".
bool IsRequestId(const Json& value);

std::string RenderResult(const Json& id, const Json& result);
std::string RenderError(const Json& id, const RpcError& error);
std::string RenderNotification(std::string_view method, const Json& params);
std::string RenderRequest(const Json& id, std::string_view method, const Json& params);

}  // namespace iff
