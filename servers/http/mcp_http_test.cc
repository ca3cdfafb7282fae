// The HTTP surface and the error table of both eras.
#include "servers/testing/mcp_testing.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Refuses : public McpTest {};

TEST_F(Refuses, EveryMethodWithoutACredentialBeforeAnythingElse) {
  for (const char* method : {"POST", "GET", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"}) {
    HttpRequest request = PostRequest("", "not even json");
    request.method = method;
    request.headers.Set("Content-Type", "text/plain");
    const HttpResponse answer = Send(request);
    EXPECT_EQ(answer.status, 401) << method;
    EXPECT_EQ(answer.headers.Get("WWW-Authenticate"), "Bearer resource_metadata=\"https://server/meta\"") << method;
    EXPECT_EQ(answer.headers.Get("Allow"), "") << method;
  }
  for (const char* method : {"server/discover", "tools/list", "tools/call"}) {
    EXPECT_EQ(Send(Modern("", method)).status, 401) << method;
  }
  EXPECT_EQ(Send(Legacy("", "", "initialize")).status, 401);
  EXPECT_EQ(log.runs, 0);
}

TEST_F(Refuses, AWrongTokenWithTheErrorInTheChallenge) {
  const HttpResponse answer = Send(ModernCall("mallory", "echo"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.headers.Get("WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("signature")));
}

TEST_F(Refuses, MethodsThatAreNotPartOfTheTransport) {
  for (const char* method : {"HEAD", "OPTIONS", "PUT", "PATCH"}) {
    HttpRequest request = PostRequest("alice", "{}");
    request.method = method;
    const HttpResponse answer = Send(request);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.Get("Access-Control-Allow-Origin"), "") << method;
  }
}

TEST_F(Refuses, ForeignOriginsAndHosts) {
  for (const char* origin : {"https://evil.example", "null", "http://localhost.evil", "http://localhost@evil",
                             "http://127.0.0.1:1", "127.0.0.1", ""}) {
    HttpRequest request = Modern("alice", "tools/list");
    request.headers.Add("Origin", origin);
    EXPECT_EQ(Send(request).status, 403) << origin;
  }
  HttpRequest twice = Modern("alice", "tools/list");
  twice.headers.Add("Origin", endpoint.Url());
  twice.headers.Add("Origin", endpoint.Url());
  EXPECT_EQ(Send(twice).status, 403);
  for (const std::string& page : {endpoint.Url(), "https" + endpoint.Url().substr(4)}) {
    HttpRequest own = Modern("alice", "tools/list");
    own.headers.Add("Origin", page);
    EXPECT_EQ(Send(own).status, 200) << page;
  }
  for (const char* host : {"evil.example", "localhost.evil:80", "127.0.0.1.evil", "[::2]"}) {
    HttpRequest request = Modern("alice", "tools/list");
    request.headers.Add("Host", host);
    EXPECT_EQ(Send(request).status, 403) << host;
  }
}

TEST_F(Refuses, BodiesThatAreNotJson) {
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                           "text/application/json", "application/json; charset=utf-16", ""}) {
    HttpRequest request = Modern("alice", "tools/list");
    request.headers.Set("Content-Type", type);
    EXPECT_EQ(Send(request).status, 415) << type;
  }
  HttpRequest packed = Modern("alice", "tools/list");
  packed.headers.Add("Content-Encoding", "gzip");
  EXPECT_EQ(Send(packed).status, 415);
  HttpRequest picky = Modern("alice", "tools/list");
  picky.headers.Set("Accept", "text/html, application/json;q=0");
  EXPECT_EQ(Send(picky).status, 406);
}

TEST_F(Refuses, MessagesThatCannotBeRead) {
  for (const char* body : {"", "{", "{} {}", "// {}", "[1", "{\"a\":NaN}", "\xff"}) {
    const HttpResponse answer = Send(PostRequest("alice", body));
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(Code(answer), -32700) << body;
  }
}

TEST_F(Refuses, MessagesThatAreNotOneRequest) {
  const std::string deep =
      R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":)" + std::string(100, '[') + std::string(100, ']') + "}}";
  for (const std::string& body : std::vector<std::string>{
           R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
           R"({"jsonrpc":"2.0","id":null,"method":"ping"})", R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})",
           R"({"jsonrpc":"2.0","id":true,"method":"ping"})", R"({"jsonrpc":"2.0","id":{},"method":"ping"})",
           R"({"jsonrpc":"2.0","method":"ping"})", R"({"jsonrpc":"2.0","id":1,"Method":"ping"})",
           R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"x"})", R"({"jsonrpc":"2.0","id":1,"method":7})",
           R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", "7", deep}) {
    const HttpResponse answer = Send(PostRequest("alice", body));
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(Code(answer), -32600) << body;
  }
}

TEST_F(Refuses, StatelessRequestsWithoutTheirMetadata) {
  for (const char* missing :
       {"io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"}) {
    HttpRequest request = Modern("alice", "tools/list");
    Json body = ParseJson(request.body).value();
    body["params"]["_meta"].erase(missing);
    request.body = Dump(body);
    const HttpResponse answer = Send(request);
    EXPECT_EQ(answer.status, 400) << missing;
    EXPECT_EQ(Code(answer), -32602) << missing;
    EXPECT_EQ(Body(answer)["id"], 1);
  }
}

TEST_F(Refuses, VersionsItDoesNotSpeak) {
  Json params;
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01";
  HttpRequest request = Modern("alice", "tools/list", params);
  request.headers.Set("MCP-Protocol-Version", "2099-01-01");
  const HttpResponse answer = Send(request);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(Code(answer), -32022);
  EXPECT_EQ(Body(answer)["error"]["data"]["requested"], "2099-01-01");
  EXPECT_EQ(Body(answer)["error"]["data"]["supported"][0], "2026-07-28");
  const std::string session = Handshake("alice");
  HttpRequest old = Legacy("alice", session, "ping");
  old.headers.Add("MCP-Protocol-Version", "2025-03-26");
  EXPECT_EQ(Send(old).status, 400);
}

TEST_F(Refuses, HeadersThatDifferFromTheMessage) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"MCP-Protocol-Version", "2025-11-25"},
      {"Mcp-Method", "tools/list"},
      {"Mcp-Method", "TOOLS/CALL"},
      {"Mcp-Name", "other"},
      {"Mcp-Name", "ECHO"},
      {"Mcp-Name", "=?base64?ZWNobw?="},
      {"Mcp-Name", "=?base64?!!!!?="},
      {"Mcp-Name", "=?BASE64?ZWNobw==?="},
      {"Mcp-Name", "=?base64?/////w==?="},
  };
  for (const auto& [name, value] : wrong) {
    HttpRequest request = ModernCall("alice", "echo");
    request.headers.Set(name, value);
    const HttpResponse answer = Send(request);
    EXPECT_EQ(answer.status, 400) << name << ": " << value;
    EXPECT_EQ(Code(answer), -32020) << name << ": " << value;
  }
  for (const char* name : {"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"}) {
    HttpRequest without = ModernCall("alice", "echo");
    without.headers.Remove(name);
    EXPECT_EQ(Code(Send(without)), -32020) << name;
    HttpRequest twice = ModernCall("alice", "echo");
    twice.headers.Add(name, twice.headers.Get(name));
    EXPECT_EQ(Code(Send(twice)), -32020) << name;
  }
  EXPECT_EQ(log.runs, 0);
}

TEST_F(Refuses, ParameterHeadersThatDifferFromTheArguments) {
  HttpRequest missing = ModernCall("alice", "mirrored", Json{{"count", 42}});
  EXPECT_EQ(Code(Send(missing)), -32020);
  missing.headers.Add("Mcp-Param-Count", "43");
  EXPECT_EQ(Code(Send(missing)), -32020);
  for (const char* same : {"42", "42.0", "=?base64?NDI=?="}) {
    HttpRequest request = ModernCall("alice", "mirrored", Json{{"count", 42}});
    request.headers.Add("mcp-param-count", same);
    EXPECT_EQ(Send(request).status, 200) << same;
  }
  EXPECT_EQ(Send(ModernCall("alice", "mirrored")).status, 200);
}

TEST_F(Refuses, UnknownMethodsInEitherEra) {
  for (const char* method :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "no/such", "subscriptions/listen"}) {
    const HttpResponse answer = Send(Modern("alice", method));
    EXPECT_EQ(answer.status, 404) << method;
    EXPECT_EQ(Code(answer), -32601) << method;
  }
  const std::string session = Handshake("alice");
  for (const char* method : {"no/such", "logging/setLevel", "resources/subscribe"}) {
    const HttpResponse answer = Send(Legacy("alice", session, method));
    EXPECT_EQ(answer.status, 200) << method;
    EXPECT_EQ(Code(answer), -32601) << method;
  }
}

TEST_F(Refuses, ResponsesOfAStatelessClient) {
  HttpRequest request = PostRequest("alice", R"({"jsonrpc":"2.0","id":"ask-1","result":{}})");
  request.headers.Add("MCP-Protocol-Version", "2026-07-28");
  EXPECT_EQ(Send(request).status, 400);
}

TEST_F(Refuses, UnknownNamesTheSameForMissingAndForbidden) {
  EXPECT_EQ(Code(Send(ModernCall("alice", "nothing"))), -32602);
  EXPECT_EQ(Code(Send(Modern("alice", "prompts/get", Json{{"name", "nothing"}}))), -32602);
  const HttpResponse others = Send(Modern("alice", "resources/read", Json{{"uri", "note://bob"}}));
  const HttpResponse missing = Send(Modern("alice", "resources/read", Json{{"uri", "note://eve"}}));
  EXPECT_EQ(Code(others), -32602);
  EXPECT_EQ(Code(missing), -32602);
  EXPECT_EQ(others.status, missing.status);
  EXPECT_EQ(others.body.size(), missing.body.size());
  EXPECT_EQ(Code(Send(Modern("bob", "resources/read", Json{{"uri", "secret://plan"}}))), -32602);
  const std::string session = Handshake("alice");
  EXPECT_EQ(Code(Send(Legacy("alice", session, "resources/read", Json{{"uri", "note://bob"}}))), -32002);
}

TEST_F(Refuses, ForgedAndBorrowedCursors) {
  options.page_size = 2;
  const HttpResponse first = Send(Modern("alice", "tools/list"));
  const std::string cursor = iff::AtOr<std::string>(Body(first), "/result/nextCursor", "");
  ASSERT_FALSE(cursor.empty());
  EXPECT_EQ(Send(Modern("alice", "tools/list", Json{{"cursor", cursor}})).status, 200);
  EXPECT_EQ(Code(Send(Modern("bob", "tools/list", Json{{"cursor", cursor}}))), -32602);
  EXPECT_EQ(Code(Send(Modern("alice", "resources/list", Json{{"cursor", cursor}}))), -32602);
  EXPECT_EQ(Code(Send(Modern("alice", "tools/list", Json{{"cursor", cursor.substr(1)}}))), -32602);
  EXPECT_EQ(Code(Send(Modern("alice", "tools/list", Json{{"cursor", 2}}))), -32602);
}

TEST_F(Refuses, EverythingOnceItIsShuttingDown) {
  EXPECT_EQ(Send(Modern("alice", "tools/list")).status, 200);
  OnLoop([this] { mcp->BeginShutdown(); });
  const HttpResponse answer = Send(Modern("alice", "tools/list"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.Get("Retry-After"), "1");
}

class Metadata : public McpTest {};

TEST_F(Metadata, IsAtThePathOfTheResourceAndNowhereElse) {
  HttpRequest request;
  request.target = "/.well-known/oauth-protected-resource/mcp";
  request.headers.Add("Host", "evil.example");
  request.headers.Add("X-Forwarded-Host", "evil.example");
  const HttpResponse answer = Send(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Body(answer)["resource"], "https://server/mcp");
  for (const char* path : {"", "/", "/other", "/mcp/", "/mcp2", "mcp"}) {
    request.target = std::string("/.well-known/oauth-protected-resource") + path;
    EXPECT_EQ(Send(request).status, 404) << path;
  }
  request.target = "/health";
  EXPECT_EQ(Send(request).status, 418);
}

class Limits : public McpTest {};

TEST_F(Limits, AnswerWithRetryAfterAndChargeTheGroup) {
  EXPECT_EQ(Send(ModernCall("alice", "echo")).status, 200);
  EXPECT_EQ(Send(Modern("alice", "tools/list")).status, 200);
  EXPECT_THAT(limiter->groups(), ::testing::ElementsAre("work", "list"));
  limiter->Exhaust("work");
  const HttpResponse answer = Send(ModernCall("alice", "echo"));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.Get("Retry-After"), "2");
  EXPECT_EQ(Body(answer)["id"], 1);
  EXPECT_EQ(log.runs, 1);
}

class Audit : public McpTest {};

TEST_F(Audit, RecordsOneDecisionPerRequest) {
  Send(ModernCall("", "echo"));
  Send(ModernCall("bob", "guarded"));
  Send(ModernCall("alice", "echo"));
  Send(ModernCall("alice", "failing"));
  Send(ModernCall("alice", "invented-by-the-caller"));
  Send(Modern("alice", "tools/list"));
  const std::vector<Decision> seen = audit->decisions();
  ASSERT_EQ(seen.size(), 6U);
  const std::vector<std::vector<std::string>> want = {
      {"", "POST", "", "denied", "missing_credential"},
      {"bob", "tools/call", "guarded", "denied", "insufficient_scope"},
      {"alice", "tools/call", "echo", "allowed", ""},
      {"alice", "tools/call", "failing", "failed", "not_found"},
      {"alice", "tools/call", "", "failed", "unknown_tool"},
      {"alice", "tools/list", "", "allowed", ""},
  };
  for (size_t i = 0; i < want.size(); ++i) {
    const std::vector<std::string> have = {seen[i].subject, seen[i].method, seen[i].tool, seen[i].outcome,
                                           seen[i].reason};
    EXPECT_EQ(have, want[i]);
    EXPECT_FALSE(seen[i].correlation.empty());
  }
}

TEST_F(Audit, WithholdsAndThenRefusesCallsItCannotRecord) {
  EXPECT_EQ(Send(ModernCall("alice", "echo")).status, 200);
  audit->broken = true;
  EXPECT_EQ(Send(ModernCall("alice", "echo")).status, 503);
  EXPECT_EQ(Send(ModernCall("alice", "echo")).status, 503);
  EXPECT_EQ(log.runs, 2);  // the one that found out, and none after
  audit->broken = false;
  EXPECT_EQ(Send(Modern("alice", "tools/list")).status, 200);
  EXPECT_EQ(Send(ModernCall("alice", "echo")).status, 200);
}

}  // namespace
}  // namespace iff
