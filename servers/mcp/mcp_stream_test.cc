// Sessions, streams, cancellation, subscriptions.

#include "servers/mcp/session_store.h"
#include "servers/testing/mcp_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;

bool IsAnswer(const Json& message) { return message.contains("result") || message.contains("error"); }

class Sessions : public McpTest {
 protected:
  HttpRequest Bare(const std::string& method, const std::string& token, const std::string& session) const {
    HttpRequest request;
    request.method = method;
    request.target = "/mcp";
    request.headers.Add("Authorization", "Bearer " + token);
    request.headers.Add("Accept", "text/event-stream");
    if (!session.empty()) request.headers.Add("Mcp-Session-Id", session);
    return request;
  }
};

TEST_F(Sessions, AreNamedByLongRandomTexts) {
  const std::string one = Handshake("alice");
  const std::string two = Handshake("alice");
  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, two);
  EXPECT_NE(one.substr(0, 8), two.substr(0, 8));
}

TEST_F(Sessions, LookUnknownToEveryoneElse) {
  const std::string session = Handshake("alice");
  const std::string invented = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  for (const char* method : {"GET", "DELETE"}) {
    const HttpResponse others = Send(Bare(method, "bob", session));
    const HttpResponse unknown = Send(Bare(method, "bob", invented));
    EXPECT_EQ(others.status, 404) << method;
    EXPECT_EQ(unknown.status, 404) << method;
    EXPECT_EQ(others.body.size(), unknown.body.size()) << method;
  }
  EXPECT_EQ(Send(Legacy("bob", session, "ping")).status, 404);
  EXPECT_EQ(Send(Legacy("bob", invented, "ping")).status, 404);
  EXPECT_EQ(Send(Legacy("alice@other", session, "ping")).status, 404);
  EXPECT_EQ(Send(Legacy("", session, "ping")).status, 401);
  EXPECT_EQ(Send(Legacy("alice2", session, "ping")).status, 200);  // the same caller with a new token
  EXPECT_EQ(Send(Legacy("alice", session, "ping")).status, 200);
}

TEST_F(Sessions, MustBeNamedAndNamedWell) {
  Handshake("alice");
  EXPECT_EQ(Send(Legacy("alice", "", "tools/list")).status, 400);
  for (const std::string& id : std::vector<std::string>{"a&b", "a%00", "a b", ".*", std::string(200, 'a')}) {
    EXPECT_EQ(Send(Legacy("alice", id, "tools/list")).status, 400) << id;
  }
}

TEST_F(Sessions, EndWithDelete) {
  const std::string session = Handshake("alice");
  EXPECT_EQ(Send(Bare("DELETE", "alice", session)).status, 204);
  EXPECT_EQ(Send(Legacy("alice", session, "ping")).status, 404);
  EXPECT_EQ(Send(Bare("DELETE", "alice", session)).status, 404);
}

TEST_F(Sessions, AreLimitedPerCaller) {
  options.max_sessions_per_caller = 2;
  Handshake("alice");
  Handshake("alice");
  const Json params{{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}};
  EXPECT_EQ(Send(Legacy("alice", "", "initialize", params)).status, 429);
  EXPECT_EQ(Handshake("bob").size(), 32U);
}

// A person has as many clients and keys as it likes.
TEST_F(Sessions, AreLimitedPerPersonWhateverTheClient) {
  options.max_sessions_per_caller = 2;
  Handshake("alice");
  Handshake("alice@other");
  const Json params{{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}};
  EXPECT_EQ(Send(Legacy("alice", "", "initialize", params)).status, 429);
  EXPECT_EQ(Send(Legacy("alice@other", "", "initialize", params)).status, 429);
  EXPECT_EQ(Handshake("bob").size(), 32U);
}

TEST(Capabilities, AreKeptAsFarAsSomethingLooksAtThem) {
  const Json declared = Json::parse(R"({"elicitation": {"form": {"deep": [1, 2]}, "mine": "x"}, "sampling": {},
                                        "roots": {"listChanged": true}, "experimental": {"a": "bbbbbbbb"}, "x": []})");
  EXPECT_EQ(KnownCapabilities(declared),
            Json::parse(R"({"elicitation": {"form": {}}, "roots": {"listChanged": true}, "sampling": {}})"));
}

TEST_F(Sessions, RecordNoMethodThatSomebodyMadeUp) {
  const std::string session = Handshake("alice");
  Send(Legacy("alice", session, std::string(20'000, 'm')));
  Send(Legacy("alice", session, "tools/list ping"));
  std::vector<std::string> methods;
  for (const Decision& one : audit->decisions()) methods.push_back(one.method);
  EXPECT_THAT(methods, ::testing::ElementsAre("initialize", "other", "other"));
}

TEST_F(Sessions, ExpireWhenIdle) {
  options.session_idle = std::chrono::seconds(0);
  const std::string session = Handshake("alice");
  Await([&] { return Send(Legacy("alice", session, "ping")).status == 404; });
}

TEST_F(Sessions, NegotiateARevisionTheySpeak) {
  const Json params{{"protocolVersion", "2024-11-05"}, {"capabilities", Json::object()}};
  const Json result = Body(Send(Legacy("alice", "", "initialize", params)))["result"];
  EXPECT_EQ(result["protocolVersion"], "2025-11-25");
  EXPECT_EQ(Code(Send(Legacy("alice", "", "initialize"))), -32602);
}

TEST_F(Sessions, HaveOneStreamOfTheirOwn) {
  options.announces_changes = true;
  const std::string session = Handshake("alice");
  std::vector<Json> seen;
  std::thread listener([&] { seen = Stream(Bare("GET", "alice", session), [](const Json&) { return true; }); });
  Await([&] { return audit->decisions().size() == 2; });  // the handshake, and the stream that is open now
  EXPECT_EQ(Send(Bare("GET", "alice", session)).status, 409);
  EXPECT_EQ(Send(Bare("GET", "bob", session)).status, 404);
  OnLoop([this] { mcp->Announce(Change::kTools); });
  listener.join();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]["method"], "notifications/tools/list_changed");
}

TEST_F(Sessions, ResumeNothing) {
  const std::string session = Handshake("alice");
  HttpRequest request = Bare("GET", "alice", session);
  request.headers.Add("Last-Event-ID", "1");
  EXPECT_EQ(Send(request).status, 400);
  HttpRequest modern = Bare("GET", "alice", "");
  modern.headers.Add("MCP-Protocol-Version", "2026-07-28");
  EXPECT_EQ(Send(modern).status, 405);
}

class WithoutSessions : public Sessions {
 protected:
  WithoutSessions() { options.sessions = false; }
};

TEST_F(WithoutSessions, TheHandshakeRevisionsAreServedAndNoIdIsIssued) {
  for (const char* version : {"2025-06-18", "2025-11-25"}) {
    EXPECT_EQ(Handshake("alice", version), "") << version;
    HttpRequest listing = Legacy("alice", "", "tools/list");
    listing.headers.Set("MCP-Protocol-Version", version);
    EXPECT_TRUE(Body(Send(listing)).contains("result")) << version;
    EXPECT_EQ(Send(Legacy("", "", "tools/list")).status, 401);
  }
  // Another replica has seen the handshake, or nobody has.
  EXPECT_TRUE(Body(Send(Legacy("bob", "", "tools/call", Json{{"name", "echo"}}))).contains("result"));
  EXPECT_EQ(Send(ModernCall("alice", "echo")).status, 200);
}

TEST_F(WithoutSessions, EachRequestIsJudgedByItself) {
  Handshake("alice");
  const HttpResponse refused = Send(Legacy("bob", "", "tools/call", Json{{"name", "guarded"}}));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(log.runs, 0);
  EXPECT_EQ(Send(Legacy("alice", "", "tools/call", Json{{"name", "guarded"}})).status, 200);
  EXPECT_EQ(log.runs, 1);
}

TEST_F(WithoutSessions, EveryIdIsUnknownAndThereIsNothingToOpenOrToEnd) {
  const std::string invented = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(Send(Legacy("alice", invented, "tools/list")).status, 404);
  EXPECT_EQ(Send(Legacy("alice", "no id at all", "tools/list")).status, 404);
  EXPECT_EQ(Send(Legacy("", invented, "tools/list")).status, 401);
  for (const char* method : {"GET", "DELETE"}) {
    for (const std::string& id : {std::string(), invented}) {
      const HttpResponse answer = Send(Bare(method, "alice", id));
      EXPECT_EQ(answer.status, 405) << method;
      EXPECT_EQ(answer.headers.Get("Allow"), "POST") << method;
    }
    EXPECT_EQ(Send(Bare(method, "nobody", "")).status, 401) << method;
  }
}

TEST_F(WithoutSessions, NothingIsOfferedThatWouldHaveToBeRemembered) {
  options.announces_changes = options.logging = true;
  const Json params{{"protocolVersion", "2025-11-25"}, {"capabilities", {{"elicitation", Json::object()}}}};
  const Json offered = Body(Send(Legacy("alice", "", "initialize", params)))["result"]["capabilities"];
  EXPECT_FALSE(offered.contains("logging"));
  EXPECT_EQ(offered["tools"], Json::object());
  EXPECT_EQ(offered["resources"], Json::object());
  EXPECT_EQ(Code(Send(Legacy("alice", "", "logging/setLevel", Json{{"level", "debug"}}))), -32601);
  EXPECT_EQ(Code(Send(Legacy("alice", "", "resources/subscribe", Json{{"uri", "note://alice"}}))), -32601);
  EXPECT_EQ(Send(Legacy("alice", "", "tools/call", Json{{"name", "progress"}})).headers.Get("Content-Type"),
            "application/json")
      << "it logged to somebody who was not offered that";
  // An answer to a question would go to any replica.
  const Json asked = Body(Send(Legacy("alice", "", "tools/call", Json{{"name", "ask"}})))["result"];
  EXPECT_EQ(asked["isError"], true);
  // The stateless revision says in each request what a session would remember.
  EXPECT_TRUE(Body(Send(Modern("alice", "server/discover")))["result"]["capabilities"].contains("logging"));
}

TEST_F(WithoutSessions, NobodyRunsOutOfThem) {
  options.max_sessions_per_caller = 1;
  for (int i = 0; i < 3; ++i) Handshake("alice");
}

class Streams : public McpTest {};

TEST_F(Streams, CarryProgressToThoseWhoAskedForIt) {
  Json params{{"name", "progress"}};
  params["_meta"]["progressToken"] = "p";
  const std::vector<Json> seen = Stream(Modern("alice", "tools/call", params), IsAnswer);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["params"], (Json{{"progressToken", "p"}, {"progress", 1.0}, {"total", 2.0}, {"message", "half"}}));
  EXPECT_EQ(seen[1]["result"]["resultType"], "complete");
  const HttpResponse plain = Send(ModernCall("alice", "progress"));
  EXPECT_EQ(plain.headers.Get("Content-Type"), "application/json");
}

TEST_F(Streams, AreLeftOutForClientsThatTakeOnlyJson) {
  Json params{{"name", "progress"}};
  params["_meta"]["progressToken"] = "p";
  HttpRequest request = Modern("alice", "tools/call", params);
  request.headers.Set("Accept", "application/json");
  EXPECT_EQ(Send(request).headers.Get("Content-Type"), "application/json");
}

TEST_F(Streams, CarryLogsOnlyOnRequest) {
  options.logging = true;
  EXPECT_EQ(Send(ModernCall("alice", "progress")).headers.Get("Content-Type"), "application/json");
  Json params{{"name", "progress"}};
  params["_meta"]["io.modelcontextprotocol/logLevel"] = "debug";
  const std::vector<Json> seen = Stream(Modern("alice", "tools/call", params), IsAnswer);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["method"], "notifications/message");
  params["_meta"]["io.modelcontextprotocol/logLevel"] = "error";
  EXPECT_EQ(Send(Modern("alice", "tools/call", params)).headers.Get("Content-Type"), "application/json");
}

TEST_F(Streams, CarryQuestionsAndTakeAnswersInTheSessionOnly) {
  const Json can{{"elicitation", Json::object()}};
  const std::string session = Handshake("alice", "2025-11-25", can);
  const std::string bobs = Handshake("bob", "2025-11-25", can);
  const auto react = [&](const Json& message) {
    if (message.contains("method")) {
      const Json answer{{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", {{"content", {{"name", "world"}}}}}};
      HttpRequest forged = PostRequest("bob", Dump(answer));
      forged.headers.Add("Mcp-Session-Id", bobs);
      EXPECT_EQ(Send(forged).status, 202);  // it means nothing in his session
      HttpRequest reply = PostRequest("alice", Dump(answer));
      reply.headers.Add("Mcp-Session-Id", session);
      EXPECT_EQ(Send(reply).status, 202);
    }
    return IsAnswer(message);
  };
  const std::vector<Json> seen = Stream(Legacy("alice", session, "tools/call", Json{{"name", "ask"}}), react);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["method"], "elicitation/create");
  EXPECT_EQ(seen[1]["result"]["content"][0]["text"], "hello world");
}

TEST_F(Streams, CarryNoQuestionTheClientCannotAnswer) {
  const std::string session = Handshake("alice");
  const Json result = Body(Send(Legacy("alice", session, "tools/call", Json{{"name", "ask"}})))["result"];
  EXPECT_EQ(result["isError"], true);
}

class Cancellation : public McpTest {};

TEST_F(Cancellation, IsHangingUpInTheStatelessRevision) {
  StartServer();
  const std::string raw = [&] {
    HttpRequest request = ModernCall("alice", "hold");
    std::string text = "POST /mcp HTTP/1.1\r\nHost: " + endpoint.Authority() + "\r\n";
    for (const auto& [name, value] : request.headers.fields()) text += name + ": " + value + "\r\n";
    return text + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
  }();
  (void)!SendRaw(endpoint, raw, Deadline::In(std::chrono::milliseconds(200))).ok();  // hangs up then
  Await([&] { return log.cancels == 1 && audit->decisions().size() == 1; });
  EXPECT_EQ(audit->decisions()[0].reason, "disconnected");
}

TEST_F(Cancellation, IsANoticeInTheHandshakeRevisions) {
  const std::string session = Handshake("alice");
  const std::string bobs = Handshake("bob");
  std::vector<Json> seen;
  std::thread caller(
      [&] { seen = Stream(Legacy("alice", session, "tools/call", Json{{"name", "hold"}}, 42), IsAnswer); });
  Await([&] { return log.runs == 1; });
  const auto notice = [&](const std::string& token, const std::string& in) {
    const Json body{{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 42}}}};
    HttpRequest request = PostRequest(token, Dump(body));
    request.headers.Add("Mcp-Session-Id", in);
    return Send(request).status;
  };
  EXPECT_EQ(notice("bob", bobs), 202);
  EXPECT_EQ(log.cancels, 0);
  EXPECT_EQ(notice("alice", session), 202);
  caller.join();
  Await([&] { return log.cancels == 1; });  // the tool hears of it when its stream has ended
  EXPECT_TRUE(seen.empty());
}

class Subscriptions : public McpTest {
 protected:
  Subscriptions() { options.announces_changes = true; }
  HttpRequest ListenTo(const std::string& token, Json filter) const {
    return Modern(token, "subscriptions/listen", Json{{"notifications", std::move(filter)}});
  }
};

TEST_F(Subscriptions, AcknowledgeFirstAndTellOnlyWhatWasAsked) {
  const Json uris =
      Json::array({"note://alice", "note://bob", "note://thrower", "secret://plan", "x://y", "note://bob"});
  const Json filter{{"toolsListChanged", true}, {"resourceSubscriptions", uris}};
  const std::vector<Json> seen = Stream(ListenTo("bob", filter), [&](const Json& message) {
    if (message["method"] == "notifications/subscriptions/acknowledged") {
      OnLoop([this] {
        mcp->Announce(Change::kPrompts);
        mcp->AnnounceResource("secret://plan");
        mcp->AnnounceResource("note://alice");
        mcp->AnnounceResource("note://bob");
        mcp->Announce(Change::kTools);
      });
    }
    return message["method"] == "notifications/tools/list_changed";
  });
  std::vector<std::string> methods;
  for (const Json& message : seen) {
    methods.push_back(message["method"]);
    EXPECT_EQ(message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 1);
  }
  EXPECT_THAT(methods, ElementsAre("notifications/subscriptions/acknowledged", "notifications/resources/updated",
                                   "notifications/tools/list_changed"));
  EXPECT_EQ(seen[0]["params"]["notifications"]["resourceSubscriptions"], Json::array({"note://bob"}));
  EXPECT_EQ(seen[1]["params"]["uri"], "note://bob");
}

TEST_F(Subscriptions, TellOfAListWhoMayReadWhatIsNewInIt) {
  const Json filter{{"toolsListChanged", true}, {"resourcesListChanged", true}};
  int changes = 0;
  const std::vector<Json> seen = Stream(ListenTo("bob", filter), [&](const Json& message) {
    if (message["method"] == "notifications/subscriptions/acknowledged") {
      OnLoop([this] {
        mcp->AnnounceListed("note://alice");
        mcp->AnnounceListed("note://bob");
        mcp->Announce(Change::kTools);
      });
    }
    changes += message["method"] == "notifications/resources/list_changed" ? 1 : 0;
    return message["method"] == "notifications/tools/list_changed";
  });
  EXPECT_EQ(changes, 1) << "of what is alice's, bob is told nothing";
}

TEST_F(Subscriptions, WaitForTheResourceToSayWhoseItIs) {
  const Json filter{{"resourceSubscriptions", Json::array({"slow://alice", "slow://bob"})}};
  const std::vector<Json> seen = Stream(ListenTo("bob", filter), [&](const Json& message) {
    if (message["method"] != "notifications/subscriptions/acknowledged") return true;
    OnLoop([this] {
      mcp->AnnounceResource("slow://alice");
      mcp->AnnounceResource("slow://bob");
    });
    return false;
  });
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["params"]["notifications"]["resourceSubscriptions"], Json::array({"slow://bob"}));
  EXPECT_EQ(seen[1]["params"]["uri"], "slow://bob");
}

TEST_F(Subscriptions, TellNothingMoreOfWhatMayNotBeReadAnyMore) {
  const Json filter{{"toolsListChanged", true}, {"resourceSubscriptions", Json::array({"note://bob"})}};
  const std::vector<Json> seen = Stream(ListenTo("bob", filter), [&](const Json& message) {
    if (message["method"] == "notifications/subscriptions/acknowledged") {
      log.withdrawn = true;
      OnLoop([this] {
        mcp->AnnounceResource("note://bob");
        mcp->Announce(Change::kTools);
      });
    }
    return message["method"] == "notifications/tools/list_changed";
  });
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["params"]["notifications"]["resourceSubscriptions"], Json::array({"note://bob"}));
  EXPECT_EQ(seen[1]["method"], "notifications/tools/list_changed");
}

TEST_F(Subscriptions, OfASessionAreBoundedAndWhoHasThemAllIsTold) {
  const std::string session = Handshake("bob");
  const auto watch = [&](const std::string& method, const std::string& uri) {
    return Body(Send(Legacy("bob", session, method, Json{{"uri", uri}})));
  };
  for (int i = 0; i < 256; ++i) {
    ASSERT_EQ(watch("resources/subscribe", "note://bob." + std::to_string(i))["result"], Json::object()) << i;
  }
  EXPECT_EQ(watch("resources/subscribe", "note://bob.256")["error"]["code"], -32600);
  EXPECT_EQ(watch("resources/subscribe", "note://bob.255")["result"], Json::object()) << "it is subscribed to already";
  EXPECT_EQ(watch("resources/unsubscribe", "note://bob.0")["result"], Json::object());
  EXPECT_EQ(watch("resources/subscribe", "note://bob.256")["result"], Json::object());
}

TEST_F(Subscriptions, OfSessionsAreForWhatTheCallerMayReadToo) {
  const std::string session = Handshake("bob");
  const auto watch = [&](const char* method, const char* uri) {
    return Body(Send(Legacy("bob", session, method, Json{{"uri", uri}})));
  };
  for (const char* method : {"resources/subscribe", "resources/unsubscribe"}) {
    Json others = watch(method, "note://alice");
    Json missing = watch(method, "x://y");
    EXPECT_EQ(others["error"]["code"], -32002) << method;
    EXPECT_EQ(others["error"]["message"], missing["error"]["message"]) << method;
  }
  EXPECT_EQ(watch("resources/subscribe", "note://bob")["result"], Json::object());
  EXPECT_EQ(watch("resources/subscribe", "slow://bob")["result"], Json::object());
  const size_t before = audit->decisions().size();
  HttpRequest get = Legacy("bob", session, "");
  get.method = "GET";
  get.body.clear();
  std::vector<Json> seen;
  std::thread listener([&] {
    seen = Stream(get, [](const Json& message) { return message["method"] == "notifications/tools/list_changed"; });
  });
  Await([&] { return audit->decisions().size() == before + 1; });  // the stream is open
  OnLoop([this] {
    mcp->AnnounceResource("note://alice");
    mcp->AnnounceResource("note://bob");
    log.withdrawn = true;
    mcp->AnnounceResource("note://bob");
    mcp->AnnounceResource("slow://bob");
  });
  EXPECT_EQ(watch("resources/unsubscribe", "note://bob")["result"], Json::object());  // though it is gone
  EXPECT_EQ(watch("resources/unsubscribe", "note://bob")["error"]["code"], -32002);
  log.withdrawn = false;
  OnLoop([this] {
    mcp->AnnounceResource("note://bob");
    mcp->Announce(Change::kTools);
  });
  listener.join();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["params"]["uri"], "note://bob");
}

TEST_F(Subscriptions, EndWithAResultAtShutdown) {
  const std::vector<Json> seen = Stream(ListenTo("alice", Json{{"toolsListChanged", true}}), [&](const Json& message) {
    if (!IsAnswer(message)) OnLoop([this] { mcp->BeginShutdown(); });
    return IsAnswer(message);
  });
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1]["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 1);
}

TEST_F(Subscriptions, EndWithTheCredentialTheyWereOpenedWith) {
  authenticator->expires_at = SystemClock::Instance().NowSeconds() + 1;
  const std::vector<Json> seen = Stream(ListenTo("alice", Json{{"toolsListChanged", true}}), [&](const Json&) {
    authenticator->Revoke("alice");
    return false;  // the server hangs up
  });
  EXPECT_EQ(seen.size(), 1U);
  Await([&] { return audit->decisions().size() == 1; });
  EXPECT_EQ(audit->decisions()[0].reason, "credential_over");
}

}  // namespace
}  // namespace iff
