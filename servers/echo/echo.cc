#include "servers/echo/echo.h"

#include <utility>

#include "servers/credentials/vault_source.h"
#include "servers/http/tool_parts.h"

namespace iff {
namespace {

Task<ToolResult> Echo(ToolCall call) {
  ToolResult result = ToolResult::Text(AtOr<std::string>(call.arguments, "/text", ""));
  co_return result;
}

}  // namespace

ServerDefinition EchoServer() {
  ServerDefinition server;
  server.program = "iff-mcp-echo";
  server.title = "Echo";
  server.instructions = "Says what it was told.";
  server.scopes = {"echo:read", "echo:write"};
  server.sources.push_back(VaultSource("echo", CredentialKind::kStored));
  server.tools = [](const ServerContext&) {
    Json text = Json::object();
    text["text"] = TextSchema("what is to be said", 10'000);
    Tool echo = ReadTool("echo:read", "echo", "Says what it was told.", ObjectSchema(text, {"text"}));
    echo.run = [](ToolCall call) { return Echo(std::move(call)); };
    return std::vector<Tool>{std::move(echo)};
  };
  return server;
}

}  // namespace iff
