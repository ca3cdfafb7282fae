// The wire of the Model Context Protocol, as a client writes and reads it, per revision.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/net/http.h"

namespace iff {

// `kPlain` is none: JSON-RPC over POST, without handshake, session, metadata or headers of the protocol's own, as some
// servers speak it that came before there was more.
enum class Revision { k20241105, k20250618, k20251125, k20260728, kPlain };

std::string_view Name(Revision revision);  // "2026-07-28", "plain"
Result<Revision> ParseRevision(std::string_view name);
// True for revisions without handshake and session.
bool Stateless(Revision revision);

// Of `initialize`, from a client that can do nothing that a server may ask of it.
Json InitializeParams(Revision revision);

// Arguments of tools that travel in fields of the request as well, as "x-mcp-header" in their input schemas demands
// (MCP 2026-07-28, transports, custom headers): tool -> what stands behind "Mcp-Param-" -> pointer into the arguments.
using ParameterFields = std::map<std::string, std::map<std::string, std::string>>;

// Those of one tool, by its input schema: an annotation whose value is no token (RFC 9110 section 5.6.2) is none.
std::map<std::string, std::string> ParameterFieldsOf(const Json& input_schema);
// Those of all tools of a list, as tools/list answers it.
ParameterFields ParameterFieldsIn(const Json& tools);
// A value as it stands in a field: what cannot stand there as it is travels as =?base64?...?=.
std::string FieldValue(const std::string& text);
// RFC 9110 section 5.6.2.
bool IsToken(std::string_view text);

// One request on the wire. For a stateless revision `_meta`, Mcp-Method, Mcp-Name and those of `fields` are added as
// 2026-07-28 (transport, "request metadata") demands; for the others MCP-Protocol-Version and `session`.
HttpRequest McpRequest(Revision revision, std::string_view path, std::string_view method, Json params, int64_t id,
                       std::string_view session = {}, const ParameterFields& fields = {});
HttpRequest McpNotification(Revision revision, std::string_view path, std::string_view method, Json params,
                            std::string_view session = {});

// What an answer says in the protocol, JSON or server-sent events alike.
struct McpMessages {
  Json message = nullptr;  // the JSON-RPC response, null if there was none
  std::vector<Json> notifications = {};
  std::string problem = {};  // why the body is not what the protocol allows, if so

  bool HasResult() const { return message.is_object() && message.contains("result"); }
  bool HasError() const { return message.is_object() && message.contains("error"); }
  bool ToolError() const;             // a result with isError
  std::string ToolErrorCode() const;  // structuredContent.error.code, "" if none
  int64_t RpcErrorCode() const;       // 0 if none
  std::string Text() const;           // all text blocks and structured content, joined
};
template <>
struct JsonFields<McpMessages> {
  static constexpr auto kFields =
      std::tuple(JsonField{"message", &McpMessages::message}, JsonField{"notifications", &McpMessages::notifications},
                 JsonField{"problem", &McpMessages::problem});
};

// What came back: all that the transport saw of it, and what it says. It has no members of its own, so that the tables
// of its two halves are all of it.
struct McpAnswer : HttpResponse, McpMessages {};
template <>
struct JsonFields<McpAnswer> {
  static constexpr auto kFields = std::tuple_cat(JsonFields<HttpResponse>::kFields, JsonFields<McpMessages>::kFields);
};
McpAnswer ParseMcpAnswer(const HttpResponse& response, int64_t id);

}  // namespace iff
