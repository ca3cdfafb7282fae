// A server without credentials of its callers: one tool and a few routes. For tests only.
#include <stdexcept>
#include <utility>

#include "servers/http/server_main.h"
#include "servers/http/tool_parts.h"

namespace iff {
namespace {

HttpResponse Answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

Task<HttpResponse> ReadNote(RouteCall call) {
  Json note = Json::object();
  note["of"] = call.caller->claims.subject;
  note["name"] = call.parameters["name"];
  co_return Answer(200, Dump(note));
}
Task<HttpResponse> WriteNote(RouteCall call) { co_return Answer(201, call.request->body); }
Task<HttpResponse> ReadFile(RouteCall call) { co_return Answer(200, Dump(Json(call.parameters["path"]))); }
Task<HttpResponse> Throw(RouteCall) {
  throw std::runtime_error("secret words");
  co_return HttpResponse{};
}
Task<ToolResult> Add(ToolCall call) {
  Json sum = Json::object();
  sum["sum"] = AtOr<int64_t>(call.arguments, "/a", 0) + AtOr<int64_t>(call.arguments, "/b", 0);
  co_return ToolResult::Structured(std::move(sum));
}

ServerDefinition PlainServer() {
  ServerDefinition server;
  server.program = "iff-mcp-plain";
  server.title = "Plain";
  server.scopes = {"jira:read", "jira:write"};
  server.tools = [](const ServerContext&) {
    Json numbers = Json::object();
    numbers["a"] = CountSchema("one", 0, 1000);
    numbers["b"] = CountSchema("another", 0, 1000);
    Tool add = ReadTool("jira:read", "add", "Adds.", ObjectSchema(numbers, {"a", "b"}));
    add.run = [](ToolCall call) { return Add(std::move(call)); };
    return std::vector<Tool>{std::move(add)};
  };
  server.routes = [](const ServerContext&) {
    return std::vector<Route>{
        {.path = "/notes/{name}", .scope = "jira:read", .run = ReadNote},
        {.method = "PUT", .path = "/notes/{name}", .scope = "jira:write", .group = "write", .run = WriteNote},
        {.path = "/files/{path...}", .run = ReadFile},
        {.path = "/throws", .run = Throw},
    };
  };
  return server;
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::PlainServer()); }
