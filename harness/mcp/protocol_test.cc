#include "harness/mcp/protocol.h"

#include <gtest/gtest.h>

#include "harness/core/bytes.h"

namespace iff {
namespace {

constexpr Revision kAll[] = {Revision::k20250618, Revision::k20251125, Revision::k20260728};

Json BodyOf(const HttpRequest& request) { return ParseJson(request.body).value(); }

HttpResponse JsonOf(const std::string& body, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body};
}

HttpResponse EventsOf(const std::string& body) {
  return {.headers = {{"Content-Type", "text/event-stream; charset=utf-8"}}, .body = body};
}

TEST(Revision, IsReadBackFromItsName) {
  for (const Revision revision : kAll) EXPECT_EQ(ParseRevision(Name(revision)).value(), revision);
  const Result<Revision> unknown = ParseRevision("2023-01-01");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind(), ErrorKind::kInvalidInput);
  EXPECT_EQ(unknown.error().message(),
            "unknown protocol revision '2023-01-01': have 2024-11-05, 2025-06-18, 2025-11-25, 2026-07-28 and plain");
}

TEST(Revision, IsStatelessSinceTheLatest) {
  EXPECT_FALSE(Stateless(Revision::k20250618));
  EXPECT_FALSE(Stateless(Revision::k20251125));
  EXPECT_TRUE(Stateless(Revision::k20260728));
}

TEST(McpRequest, PostsOneMessageThatAcceptsBothKindsOfAnswer) {
  for (const Revision revision : kAll) {
    const HttpRequest request = McpRequest(revision, "/mcp", "tools/list", Json::object(), 7);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/mcp");
    EXPECT_EQ(request.headers.Get("Content-Type"), "application/json");
    EXPECT_EQ(request.headers.Get("Accept"), "application/json, text/event-stream");
    EXPECT_EQ(request.headers.Get("MCP-Protocol-Version"), Name(revision));
    const Json body = BodyOf(request);
    EXPECT_EQ(body["jsonrpc"], "2.0");
    EXPECT_EQ(body["id"], 7);
    EXPECT_EQ(body["method"], "tools/list");
  }
}

TEST(McpRequest, SaysEverythingAboutItselfInAStatelessRevision) {
  const HttpRequest request = McpRequest(Revision::k20260728, "/mcp", "tools/call",
                                         {{"name", "get_issue"}, {"arguments", {{"key", "A-1"}}}}, 1, "s");
  EXPECT_EQ(request.headers.Get("Mcp-Method"), "tools/call");
  EXPECT_EQ(request.headers.Get("Mcp-Name"), "get_issue");
  EXPECT_EQ(request.headers.Find("Mcp-Session-Id"), nullptr);
  const Json body = BodyOf(request);
  const Json meta = body["params"]["_meta"];
  EXPECT_EQ(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
  EXPECT_EQ(meta["io.modelcontextprotocol/clientCapabilities"], Json::object());
  EXPECT_EQ(meta["io.modelcontextprotocol/clientInfo"]["name"], "iff");
  EXPECT_EQ(body["params"]["arguments"]["key"], "A-1");
}

TEST(McpRequest, KeepsTheMetadataItIsGiven) {
  const Json params = {
      {"_meta", {{"progressToken", 3}, {"io.modelcontextprotocol/clientCapabilities", {{"roots", 1}}}}}};
  const Json meta = BodyOf(McpRequest(Revision::k20260728, "/mcp", "tools/list", params, 1))["params"]["_meta"];
  EXPECT_EQ(meta["progressToken"], 3);
  EXPECT_EQ(meta["io.modelcontextprotocol/clientCapabilities"], Json({{"roots", 1}}));
}

TEST(McpRequest, NamesWhatItIsAboutOnlyWhereThatIsOneThing) {
  const auto name = [](const char* method, const Json& params) {
    return McpRequest(Revision::k20260728, "/mcp", method, params, 1).headers.Get("Mcp-Name");
  };
  EXPECT_EQ(name("resources/read", {{"uri", "jira://A-1"}}), "jira://A-1");
  EXPECT_EQ(name("prompts/get", {{"name", "triage"}}), "triage");
  EXPECT_EQ(name("tools/list", {{"name", "x"}}), "");
  EXPECT_EQ(name("tools/call", Json::object()), "");
}

TEST(McpRequest, WrapsAHeaderValueThatCannotStandAsItIs) {
  const auto header = [](const std::string& tool) {
    return McpRequest(Revision::k20260728, "/mcp", "tools/call", {{"name", tool}}, 1).headers.Get("Mcp-Name");
  };
  for (const std::string plain : {"get_issue", "a=b", "?=", "=?", "~!"}) EXPECT_EQ(header(plain), plain);
  for (const std::string odd : {" lead", "two words", "caf\xC3\xA9", "line\nfeed", "tab\t", "=?base64?eA==?="}) {
    EXPECT_EQ(header(odd), "=?base64?" + Base64(odd) + "?=");
  }
}

TEST(McpRequest, RepeatsArgumentsInFieldsWhereTheToolWantsThem) {
  const ParameterFields fields = {{"make", {{"Project", "/project"}, {"Count", "/many/count"}, {"Dry", "/dry"}}}};
  const auto sent = [&](Revision revision, const char* tool, const Json& arguments) {
    return McpRequest(revision, "/mcp", "tools/call", {{"name", tool}, {"arguments", arguments}}, 1, "", fields)
        .headers;
  };
  const Json all = {{"project", "caf\xC3\xA9"}, {"many", {{"count", 42}}}, {"dry", false}};
  const Headers headers = sent(Revision::k20260728, "make", all);
  EXPECT_EQ(headers.Get("Mcp-Param-Project"), "=?base64?" + Base64("caf\xC3\xA9") + "?=");
  EXPECT_EQ(headers.Get("Mcp-Param-Count"), "42");
  EXPECT_EQ(headers.Get("Mcp-Param-Dry"), "false");
  const Headers few = sent(Revision::k20260728, "make", {{"project", nullptr}, {"many", Json::object()}});
  for (const char* name : {"Mcp-Param-Project", "Mcp-Param-Count", "Mcp-Param-Dry"}) {
    EXPECT_EQ(few.Find(name), nullptr) << name;
    EXPECT_EQ(sent(Revision::k20260728, "get", all).Find(name), nullptr) << name;
    EXPECT_EQ(sent(Revision::k20251125, "make", all).Find(name), nullptr) << name;
  }
}

TEST(ParameterFieldsIn, AreThoseAToolCanHaveAtItsParameters) {
  const auto wants = [](const char* field) { return Json{{"type", "string"}, {"x-mcp-header", field}}; };
  Json schema = {
      {"properties", {{"project", wants("Project")}, {"text", {{"type", "string"}}}, {"odd", wants("a b")}}}};
  schema["properties"]["a/b"]["properties"]["c"] = wants("C");
  schema["properties"]["list"]["items"] = wants("Item");
  const Json tools = {{{"name", "make"}, {"inputSchema", schema}}, {{"name", "get"}}, "odd"};
  EXPECT_EQ(ParameterFieldsIn(tools), (ParameterFields{{"make", {{"C", "/a~1b/c"}, {"Project", "/project"}}}}));
  EXPECT_EQ(ParameterFieldsIn(nullptr), ParameterFields());
}

TEST(McpRequest, CarriesTheSessionInHandshakeRevisions) {
  for (const Revision revision : {Revision::k20250618, Revision::k20251125}) {
    const HttpRequest request = McpRequest(revision, "/mcp", "tools/call", {{"name", "get_issue"}}, 1, "session-1");
    EXPECT_EQ(request.headers.Get("Mcp-Session-Id"), "session-1");
    EXPECT_EQ(request.headers.Find("Mcp-Method"), nullptr);
    EXPECT_EQ(request.headers.Find("Mcp-Name"), nullptr);
    EXPECT_FALSE(BodyOf(request)["params"].contains("_meta"));
    EXPECT_EQ(McpRequest(revision, "/mcp", "ping", Json::object(), 1).headers.Find("Mcp-Session-Id"), nullptr);
    // Which version it speaks is what initialize finds out.
    EXPECT_EQ(McpRequest(revision, "/mcp", "initialize", Json::object(), 1).headers.Find("MCP-Protocol-Version"),
              nullptr);
  }
}

TEST(McpNotification, HasNoId) {
  const HttpRequest request =
      McpNotification(Revision::k20251125, "/mcp", "notifications/initialized", Json::object(), "session-1");
  EXPECT_FALSE(BodyOf(request).contains("id"));
  EXPECT_EQ(BodyOf(request)["method"], "notifications/initialized");
  EXPECT_EQ(request.headers.Get("Mcp-Session-Id"), "session-1");
}

// ---- answers

TEST(ParseMcpAnswer, TakesTheResponseToTheRequest) {
  const McpAnswer answer = ParseMcpAnswer(JsonOf(R"({"jsonrpc":"2.0","id":7,"result":{"tools":[]}})"), 7);
  EXPECT_TRUE(answer.HasResult());
  EXPECT_FALSE(answer.HasError());
  EXPECT_EQ(answer.problem, "");
  EXPECT_EQ(answer.body, R"({"jsonrpc":"2.0","id":7,"result":{"tools":[]}})");
}

TEST(ParseMcpAnswer, TakesNoResponseToAnotherRequest) {
  for (const char* id : {"8", "\"7\"", "7.5"}) {
    const McpAnswer answer =
        ParseMcpAnswer(JsonOf(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":{}})"), 7);
    EXPECT_FALSE(answer.HasResult()) << id;
    EXPECT_EQ(answer.problem, "a response to another request: id " + std::string(id));
  }
}

TEST(ParseMcpAnswer, TakesAnErrorWithoutAnIdButNoResult) {
  for (const char* id : {R"("id":null,)", ""}) {
    const McpAnswer error =
        ParseMcpAnswer(JsonOf("{" + std::string(id) + R"("error":{"code":-32700,"message":"no"}})", 400), 7);
    EXPECT_EQ(error.RpcErrorCode(), -32700);
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.problem, "");
    const McpAnswer result = ParseMcpAnswer(JsonOf("{" + std::string(id) + R"("result":{}})"), 7);
    EXPECT_FALSE(result.HasResult());
    EXPECT_EQ(result.problem, "a result without an id");
  }
}

TEST(ParseMcpAnswer, SaysWhatIsNotAllowed) {
  EXPECT_EQ(ParseMcpAnswer(JsonOf(R"({"id":7,"result":{},"error":{"code":1}})"), 7).problem,
            "a response with a result and an error");
  EXPECT_EQ(ParseMcpAnswer(JsonOf("[1]"), 7).problem, "a message that is not an object");
  EXPECT_NE(ParseMcpAnswer(JsonOf("{"), 7).problem, "");
  EXPECT_NE(ParseMcpAnswer(JsonOf(R"({"id":7,"id":7,"result":{}})"), 7).problem, "");
  EXPECT_EQ(ParseMcpAnswer(EventsOf("data: {\"id\":7,\"result\":1}\n\ndata: {\"id\":7,\"result\":2}\n\n"), 7).problem,
            "more than one response");
}

TEST(ParseMcpAnswer, TakesNothingFromABodyOfAnotherType) {
  const McpAnswer answer =
      ParseMcpAnswer({.headers = {{"Content-Type", "text/html"}}, .body = R"({"id":7,"result":{}})"}, 7);
  EXPECT_FALSE(answer.HasResult());
  EXPECT_TRUE(answer.message.is_null());
  EXPECT_FALSE(ParseMcpAnswer({.status = 202}, 7).HasResult());
}

TEST(ParseMcpAnswer, FindsTheResponseAmongEvents) {
  const McpAnswer answer = ParseMcpAnswer(
      EventsOf(": hello\n\nid: 1\ndata:\n\n"
               "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1}}\n\n"
               "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\ndata: \"result\":{\"content\":[]}}\n\n"),
      7);
  EXPECT_TRUE(answer.HasResult());
  EXPECT_EQ(answer.problem, "");
  ASSERT_EQ(answer.notifications.size(), 1U);
  EXPECT_EQ(answer.notifications[0]["method"], "notifications/progress");
}

TEST(ParseMcpAnswer, TakesNoEventThatWasCutOff) {
  EXPECT_FALSE(ParseMcpAnswer(EventsOf("data: {\"id\":7,\"result\":{}}\n"), 7).HasResult());
}

TEST(McpAnswer, KnowsAToolErrorAndItsCode) {
  McpAnswer answer;
  EXPECT_FALSE(answer.ToolError());
  EXPECT_EQ(answer.ToolErrorCode(), "");
  EXPECT_EQ(answer.RpcErrorCode(), 0);
  answer.message = {{"result", {{"isError", true}, {"structuredContent", {{"error", {{"code", "not_found"}}}}}}}};
  EXPECT_TRUE(answer.ToolError());
  EXPECT_EQ(answer.ToolErrorCode(), "not_found");
  answer.message = {{"result", {{"isError", false}}}};
  EXPECT_FALSE(answer.ToolError());
}

TEST(McpAnswer, JoinsItsTexts) {
  McpAnswer answer;
  answer.message = {{"result",
                     {{"content", {{{"type", "text"}, {"text", "one"}}, {{"type", "text"}, {"text", "two"}}}},
                      {"structuredContent", {{"a", 1}}}}}};
  EXPECT_EQ(answer.Text(), "one\ntwo\n{\"a\":1}\n");
  answer.message = {{"error", {{"code", -1}}}};
  EXPECT_EQ(answer.Text(), "{\"code\":-1}\n");
}

TEST(McpRequest, IsNothingButJsonRpcWhereNothingMoreIsSpoken) {
  const HttpRequest request = McpRequest(Revision::kPlain, "/rpc", "tools/list", Json::object(), 3, "session");
  EXPECT_EQ(ParseJson(request.body).value(),
            Json({{"jsonrpc", "2.0"}, {"id", 3}, {"method", "tools/list"}, {"params", Json::object()}}));
  EXPECT_EQ(request.headers.Find("MCP-Protocol-Version"), nullptr);
  EXPECT_EQ(request.headers.Find("Mcp-Session-Id"), nullptr);
  EXPECT_TRUE(Stateless(Revision::kPlain));
  EXPECT_EQ(ParseRevision("plain").value(), Revision::kPlain);
}

}  // namespace
}  // namespace iff
