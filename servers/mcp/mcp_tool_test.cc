// Calling tools, reading, completing, and asking for input, in each revision.
#include "servers/testing/mcp_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Serves : public McpTest {};

TEST_F(Serves, ToolsInAllThreeRevisions) {
  const HttpResponse modern = Send(ModernCall("alice", "echo", Json{{"text", "hi"}}));
  EXPECT_EQ(modern.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(Body(modern)["result"]["resultType"], "complete");
  EXPECT_EQ(Body(modern)["result"]["content"][0]["text"], "hi");
  EXPECT_EQ(modern.headers.Get("Mcp-Session-Id"), "");
  for (const char* version : {"2025-11-25", "2025-06-18"}) {
    const std::string session = Handshake("alice", version);
    const HttpResponse answer =
        Send(Legacy("alice", session, "tools/call", Json{{"name", "echo"}, {"arguments", {{"text", "hi"}}}}, "seven"));
    EXPECT_EQ(Body(answer)["id"], "seven");
    EXPECT_EQ(Body(answer)["result"]["content"][0]["text"], "hi") << version;
    EXPECT_FALSE(Body(answer)["result"].contains("resultType"));
    EXPECT_EQ(Body(Send(Legacy("alice", session, "ping")))["result"], Json::object());
  }
}

TEST_F(Serves, DiscoveryThatMatchesWhatIsServed) {
  const Json result = Body(Send(Modern("alice", "server/discover")))["result"];
  EXPECT_EQ(result["supportedVersions"][0], "2026-07-28");
  EXPECT_EQ(result["capabilities"], (Json{{"tools", Json::object()},
                                          {"prompts", Json::object()},
                                          {"resources", Json::object()},
                                          {"completions", Json::object()}}));
  EXPECT_EQ(result["cacheScope"], "private");
  EXPECT_EQ(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "test");
}

TEST_F(Serves, AbsentArgumentsAsAnEmptyObject) {
  EXPECT_EQ(Body(Send(Modern("alice", "tools/call", Json{{"name", "echo"}})))["result"]["content"][0]["text"],
            "nothing");
}

TEST_F(Serves, EncodedNames) {
  HttpRequest request = ModernCall("alice", "echo");
  request.headers.Set("Mcp-Name", "=?base64?ZWNobw==?=");
  EXPECT_EQ(Send(request).status, 200);
}

TEST_F(Serves, ListsOfWhatTheCallerMayUse) {
  const auto names = [this](const char* token) {
    std::vector<std::string> seen;
    const Json body = Body(Send(Modern(token, "tools/list")));
    for (const Json& tool : body["result"]["tools"]) seen.push_back(tool["name"]);
    return seen;
  };
  EXPECT_THAT(names("alice"), ElementsAre("echo", "guarded", "failing", "structured", "progress", "hold", "ask",
                                          "rounds", "mirrored", "throwing"));
  EXPECT_THAT(names("bob"), ElementsAre("echo", "failing", "structured", "progress", "hold", "ask", "rounds",
                                        "mirrored", "throwing"));
  EXPECT_EQ(Body(Send(Modern("bob", "resources/list")))["result"]["resources"], Json::array());
}

TEST_F(Serves, PagesThatJoinToTheWholeList) {
  options.page_size = 4;
  std::vector<std::string> names;
  std::string cursor;
  do {
    const Json params = cursor.empty() ? Json::object() : Json{{"cursor", cursor}};
    const Json result = Body(Send(Modern("bob", "tools/list", params)))["result"];
    for (const Json& tool : result["tools"]) names.push_back(tool["name"]);
    cursor = iff::AtOr<std::string>(result, "/nextCursor", "");
  } while (!cursor.empty());
  EXPECT_EQ(names.size(), 9U);
}

TEST_F(Serves, ACompletionAndItsPrompt) {
  const Json params{{"ref", {{"type", "ref/prompt"}, {"name", "greet"}}},
                    {"argument", {{"name", "who"}, {"value", "a"}}}};
  EXPECT_EQ(Body(Send(Modern("alice", "completion/complete", params)))["result"]["completion"]["values"],
            Json::array({"ax"}));
  const Json prompt{{"name", "greet"}, {"arguments", {{"who", "world"}}}};
  EXPECT_EQ(Body(Send(Modern("alice", "prompts/get", prompt)))["result"]["messages"][0]["content"]["text"], "world");
  EXPECT_EQ(Code(Send(Modern("alice", "prompts/get", Json{{"name", "greet"}}))), -32602);
}

TEST_F(Serves, AResourceToItsOwner) {
  const Json result = Body(Send(Modern("alice", "resources/read", Json{{"uri", "note://alice"}})))["result"];
  EXPECT_EQ(result["contents"][0]["text"], "a note");
  EXPECT_EQ(result["ttlMs"], 0);
}

class Call : public McpTest {};

TEST_F(Call, WithoutTheScopeIsRefusedWithTheScopeNamed) {
  const HttpResponse answer = Send(ModernCall("bob", "guarded"));
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.headers.Get("WWW-Authenticate"), HasSubstr("error=\"insufficient_scope\", scope=\"work:write\""));
  EXPECT_EQ(log.runs, 0);
  EXPECT_EQ(Send(ModernCall("alice", "guarded")).status, 200);
}

TEST_F(Call, WithWrongArgumentsIsAToolErrorFromTheSecondHandshakeRevisionOn) {
  const Json wrong{{"text", "too long"}};
  const Json params{{"name", "echo"}, {"arguments", wrong}};
  const Json modern = Body(Send(ModernCall("alice", "echo", wrong)))["result"];
  EXPECT_EQ(modern["isError"], true);
  EXPECT_EQ(modern["structuredContent"]["error"]["code"], "invalid_arguments");
  EXPECT_EQ(Body(Send(Legacy("alice", Handshake("alice"), "tools/call", params)))["result"]["isError"], true);
  EXPECT_EQ(Code(Send(Legacy("alice", Handshake("alice", "2025-06-18"), "tools/call", params))), -32602);
  EXPECT_EQ(Code(Send(Modern("alice", "tools/call", Json{{"name", "echo"}, {"arguments", Json::array()}}))), -32602);
  EXPECT_EQ(log.runs, 0);
}

TEST_F(Call, ThatFailsTellsTheCodeAndTheCorrelation) {
  const Json result = Body(Send(ModernCall("alice", "failing")))["result"];
  EXPECT_EQ(result["isError"], true);
  EXPECT_EQ(result["structuredContent"]["error"]["code"], "not_found");
  EXPECT_EQ(result["structuredContent"]["error"]["correlation"], audit->decisions()[0].correlation);
  EXPECT_EQ(result["content"][0]["text"], "no such thing");
}

TEST_F(Call, WithStructuredContentAlsoGivesItAsText) {
  const Json result = Body(Send(ModernCall("alice", "structured")))["result"];
  EXPECT_EQ(result["structuredContent"], (Json{{"answer", 42}}));
  EXPECT_EQ(result["content"][0]["text"], R"({"answer":42})");
}

TEST_F(Call, WhoseOutputBreaksItsSchemaIsWithheld) {
  const HttpResponse answer = Send(ModernCall("alice", "structured", Json{{"wrong", true}}));
  EXPECT_EQ(Code(answer), -32603);
  EXPECT_THAT(answer.body, Not(HasSubstr("canary")));
}

TEST_F(Call, ThatTakesTooLongIsAnsweredAndCancelled) {
  options.call_timeout = std::chrono::milliseconds(30);
  const HttpResponse answer = Send(ModernCall("alice", "hold"));
  EXPECT_EQ(Code(answer), -32603);
  Await([&] { return log.cancels == 1; });
  EXPECT_EQ(audit->decisions().size(), 1U);
  EXPECT_EQ(audit->decisions()[0].reason, "timeout");
}

TEST_F(Call, ThatThrowsIsAnsweredWithAnInternalErrorAndTheNextIsServed) {
  std::vector<HttpRequest> requests;
  for (const char* when : {"called", "begun", "later"}) {
    requests.push_back(ModernCall("alice", "throwing", Json{{"when", when}}));
  }
  requests.push_back(Modern("alice", "resources/read", Json{{"uri", "note://thrower"}}));
  requests.push_back(Modern("alice", "prompts/get", Json{{"name", "greet"}, {"arguments", {{"who", "thrower"}}}}));
  for (const HttpRequest& request : requests) {
    const HttpResponse answer = Send(request);
    EXPECT_EQ(Code(answer), -32603) << request.body;
    EXPECT_EQ(Body(answer)["error"]["message"], "internal error");
    EXPECT_EQ(Body(answer)["error"]["data"]["correlation"], audit->decisions().back().correlation);
    EXPECT_EQ(audit->decisions().back().reason, "internal");
    EXPECT_THAT(answer.body, Not(HasSubstr("canary")));
    EXPECT_EQ(Body(Send(ModernCall("bob", "echo")))["result"]["content"][0]["text"], "nothing");
  }
}

class Rounds : public McpTest {
 protected:
  HttpRequest Ask(const std::string& token, Json more = Json::object()) const {
    more["name"] = "rounds";
    more["_meta"]["io.modelcontextprotocol/clientCapabilities"] = Json{{"elicitation", Json::object()}};
    return Modern(token, "tools/call", std::move(more));
  }
  std::string State(const std::string& token) {
    const Json result = Body(Send(Ask(token)))["result"];
    EXPECT_EQ(result["resultType"], "input_required");
    EXPECT_EQ(result["inputRequests"]["name"]["method"], "elicitation/create");
    return result["requestState"];
  }
};

TEST_F(Rounds, EndWithTheAnswersThatWereAskedFor) {
  const Json answers{{"name", {{"action", "accept"}}}, {"role", {{"action", "accept"}}}};
  const HttpResponse answer = Send(Ask("alice", Json{{"requestState", State("alice")}, {"inputResponses", answers}}));
  EXPECT_EQ(Body(answer)["result"]["content"][0]["text"], R"(answers: {"name":{"action":"accept"}})");
}

TEST_F(Rounds, TakeAStateOnlyOnceFromItsOwnerForTheSameCall) {
  const std::string state = State("alice");
  std::string flipped = state;
  flipped[flipped.size() / 2] = flipped[flipped.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"requestState", flipped}}))), -32602);
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"requestState", state + "-TAMPERED"}}))), -32602);
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"requestState", 7}}))), -32602);
  EXPECT_EQ(Code(Send(Ask("bob", Json{{"requestState", state}}))), -32602);
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"requestState", state}, {"arguments", {{"other", 1}}}}))), -32602);
  Json elsewhere{{"name", "echo"}, {"requestState", state}};
  EXPECT_EQ(Code(Send(Modern("alice", "tools/call", elsewhere))), -32602);
  EXPECT_EQ(Body(Send(Ask("alice", Json{{"requestState", state}})))["result"]["resultType"], "complete");
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"requestState", state}}))), -32602);
}

TEST_F(Rounds, AskOnlyForWhatTheClientDeclared) {
  const HttpResponse answer = Send(ModernCall("alice", "rounds"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(Code(answer), -32021);
  EXPECT_EQ(Body(answer)["error"]["data"]["requiredCapabilities"], (Json{{"elicitation", Json::object()}}));
}

TEST_F(Rounds, RefuseAnswersOfTheWrongShape) {
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"inputResponses", nullptr}}))), -32602);
  EXPECT_EQ(Code(Send(Ask("alice", Json{{"inputResponses", {{"name", 12345}}}}))), -32602);
}

}  // namespace
}  // namespace iff
