// HTTP+SSE of MCP 2024-11-05: whose a stream is, what refuses a message, how a stream ends.
#include <netinet/in.h>
#include <sys/socket.h>

#include "harness/net/event_reader.h"
#include "servers/testing/mcp_testing.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kNobodysStream = "/messages/?session_id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

Deadline Soon() { return Deadline::In(std::chrono::seconds(5)); }

// A stream as its client has it.
struct Listening {
  std::unique_ptr<EventReader> events;
  std::string post_to;  // with the id

  Json Next() {
    const Result<ServerSentEvent> event = events->Next(Soon());
    EXPECT_TRUE(event.ok()) << event.error();
    if (!event.ok()) return nullptr;
    EXPECT_EQ(event->event, "message");
    return ParseJson(event->data).value_or(nullptr);
  }
  bool Silent() {
    const auto event = events->Next(Deadline::In(std::chrono::milliseconds(100)));
    return !event.ok() && event.error().kind() == ErrorKind::kTimeout;
  }
  // True once the server has ended it.
  bool Over() {
    while (true) {
      const auto event = events->Next(Soon());
      if (!event.ok()) return event.error().kind() == ErrorKind::kUnavailable;
    }
  }
};

class Sse : public McpTest {
 protected:
  Sse() {
    options.sse.emplace();
    options.announces_changes = true;
  }

  HttpRequest Get(const std::string& token) const {
    HttpRequest request{.target = "/sse"};
    request.headers.Add("Accept", "text/event-stream");
    if (!token.empty()) request.headers.Add("Authorization", "Bearer " + token);
    return request;
  }
  HttpResponse Refusal(const HttpRequest& request) {
    StartServer();
    const auto answer = EventReader::Open(endpoint, request, Soon());
    EXPECT_TRUE(answer.ok() && !(*answer)->streams());
    return answer.ok() ? (*answer)->head() : HttpResponse{.status = 0};
  }
  Listening Listen(const std::string& token) {
    StartServer();
    Listening stream;
    auto opened = EventReader::Open(endpoint, Get(token), Soon());
    EXPECT_TRUE(opened.ok() && (*opened)->streams());
    if (!opened.ok()) return stream;
    stream.events = std::move(opened).value();
    const auto first = stream.events->Next(Soon());
    EXPECT_TRUE(first.ok() && first->event == "endpoint");
    if (first.ok()) stream.post_to = first->data;
    return stream;
  }
  HttpResponse Say(const std::string& token, const std::string& to, const Json& message) {
    HttpRequest request = PostRequest(token, Dump(message));
    request.target = to;
    return Send(request);
  }
  static Json Asking(const std::string& method, Json params = Json::object(), int id = 7) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
  }
  static Json Calling(const std::string& tool, int id = 7) { return Asking("tools/call", Json{{"name", tool}}, id); }
  // A stream after its handshake.
  Listening Begin(const std::string& token, const std::string& version = "2024-11-05") {
    Listening stream = Listen(token);
    const Json params{{"protocolVersion", version}, {"capabilities", {{"elicitation", Json::object()}}}};
    EXPECT_EQ(Say(token, stream.post_to, Asking("initialize", params, 1)).status, 202);
    EXPECT_EQ(stream.Next()["result"]["protocolVersion"], version);
    const Json done{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}};
    EXPECT_EQ(Say(token, stream.post_to, done).status, 202);
    return stream;
  }
  size_t Open() {
    size_t open = 0;
    OnLoop([&] { open = mcp->sessions(); });
    return open;
  }
  std::string LastReason() {
    const std::vector<Decision> decisions = audit->decisions();
    return decisions.empty() ? "" : decisions.back().reason;
  }
};

TEST_F(Sse, IsNotServedUnlessSwitchedOn) {
  options.sse.reset();
  EXPECT_EQ(Send(Get("alice")).status, 418);
  EXPECT_EQ(Say("alice", kNobodysStream, Asking("ping")).status, 418);
}

TEST_F(Sse, AnswersOnTheStreamAndReceiptsToWhoPosts) {
  for (const char* version : {"2024-11-05", "2025-06-18", "2025-11-25"}) {
    Listening stream = Begin("alice", version);
    EXPECT_THAT(stream.post_to, StartsWith("/messages/?session_id="));
    const HttpResponse receipt = Say("alice", stream.post_to, Calling("progress", 3));
    EXPECT_EQ(receipt.status, 202);
    EXPECT_EQ(receipt.body, "");
    const Json answer = stream.Next();
    EXPECT_EQ(answer["id"], 3);
    EXPECT_EQ(answer["result"]["content"][0]["text"], "done");
    EXPECT_EQ(Say("alice", stream.post_to, Asking("no/such")).status, 202);
    EXPECT_EQ(stream.Next()["error"]["code"], -32601);
  }
}

TEST_F(Sse, NamesEachStreamAnew) {
  const Listening one = Listen("alice");
  const Listening two = Listen("alice");
  EXPECT_EQ(one.post_to.size(), std::string(kNobodysStream).size());
  EXPECT_NE(one.post_to, two.post_to);
}

TEST_F(Sse, WantsTheHandshakeFirstAndNoStatelessRevision) {
  Listening stream = Listen("alice");
  EXPECT_EQ(Say("alice", stream.post_to, Asking("tools/list")).status, 400);
  const Json meta{{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                  {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
  const HttpResponse stateless =
      Say("alice", stream.post_to, Asking("tools/call", Json{{"name", "echo"}, {"_meta", meta}}));
  EXPECT_EQ(stateless.status, 400);
  EXPECT_EQ(Body(stateless)["error"]["data"]["supported"][2], "2024-11-05");
  EXPECT_EQ(log.runs, 0);
}

TEST_F(Sse, LetsNobodyInWithoutAGoodToken) {
  Listening stream = Begin("alice");
  for (const char* token : {"", "mallory"}) {
    EXPECT_EQ(Refusal(Get(token)).status, 401);
    const HttpResponse posted = Say(token, stream.post_to, Calling("echo"));
    EXPECT_EQ(posted.status, 401);
    EXPECT_THAT(posted.headers.Get("WWW-Authenticate"), HasSubstr("resource_metadata"));
    EXPECT_EQ(Say(token, kNobodysStream, Calling("echo")).body.size(), posted.body.size());
  }
  EXPECT_TRUE(stream.Silent());
  EXPECT_EQ(log.runs, 0);
}

TEST_F(Sse, IsUnknownToEverybodyButItsHolder) {
  Listening stream = Begin("alice");
  const std::string session = Handshake("alice");
  for (const char* token : {"bob", "alice@other"}) {
    const HttpResponse hers = Say(token, stream.post_to, Calling("echo"));
    const HttpResponse nobodys = Say(token, kNobodysStream, Calling("echo"));
    EXPECT_EQ(hers.status, 404);
    EXPECT_EQ(LastReason(), "unknown_session");
    EXPECT_EQ(nobodys.status, 404);
    EXPECT_EQ(hers.body.size(), nobodys.body.size());
  }
  EXPECT_EQ(Say("alice", "/messages/?session_id=" + session, Calling("echo")).status, 404);  // of another transport
  EXPECT_EQ(Send(Legacy("alice", stream.post_to.substr(stream.post_to.find('=') + 1), "ping")).status, 404);
  EXPECT_TRUE(stream.Silent());
  EXPECT_EQ(log.runs, 0);
  EXPECT_EQ(Say("alice2", stream.post_to, Calling("echo")).status, 202);  // a new token of the same holder
  EXPECT_EQ(stream.Next()["id"], 7);
}

TEST_F(Sse, AnswersEachOnTheirOwnStreamAlone) {
  Listening alices = Begin("alice");
  Listening others = Begin("alice");
  Listening bobs = Begin("bob");
  EXPECT_EQ(Say("bob", bobs.post_to, Calling("echo", 11)).status, 202);
  EXPECT_EQ(Say("alice", alices.post_to, Calling("echo", 12)).status, 202);
  EXPECT_EQ(bobs.Next()["id"], 11);
  EXPECT_EQ(alices.Next()["id"], 12);
  EXPECT_TRUE(alices.Silent());
  EXPECT_TRUE(others.Silent());
  EXPECT_TRUE(bobs.Silent());
}

TEST_F(Sse, RefusesAMessageToWhoPostsIt) {
  Listening stream = Begin("bob");
  const HttpResponse narrow = Say("bob", stream.post_to, Calling("guarded"));
  EXPECT_EQ(narrow.status, 403);
  EXPECT_THAT(narrow.headers.Get("WWW-Authenticate"), HasSubstr("insufficient_scope"));
  limiter->Exhaust("work");
  const HttpResponse often = Say("bob", stream.post_to, Calling("echo"));
  EXPECT_EQ(often.status, 429);
  EXPECT_EQ(often.headers.Get("Retry-After"), "2");
  HttpRequest foreign = PostRequest("bob", Dump(Asking("ping")));
  foreign.target = stream.post_to;
  foreign.headers.Add("Origin", "http://evil.example");
  EXPECT_EQ(Send(foreign).status, 403);
  HttpRequest opening = Get("bob");
  opening.headers.Add("Origin", "http://evil.example");
  EXPECT_EQ(Refusal(opening).status, 403);
  EXPECT_TRUE(stream.Silent());
}

TEST_F(Sse, LeavesNothingOfBadInput) {
  Listening stream = Begin("alice");
  const auto status = [&](const std::string& method, const std::string& target, const std::string& body,
                          const std::string& type = "application/json") {
    HttpRequest request = PostRequest("alice", body);
    request.method = method;
    request.target = target;
    request.headers.Set("Content-Type", type);
    return Send(request).status;
  };
  const std::string ping = Dump(Asking("ping"));
  const std::string& own = stream.post_to;
  const size_t before = audit->decisions().size();
  EXPECT_EQ(status("POST", own, "{"), 400);
  EXPECT_EQ(status("POST", own, "[" + ping + "]"), 400);
  EXPECT_EQ(status("POST", own, ping, "text/plain"), 415);
  EXPECT_EQ(status("GET", own, ""), 405);
  EXPECT_EQ(status("DELETE", "/sse", ""), 405);
  EXPECT_EQ(status("POST", "/sse", ping), 405);
  for (const std::string& query :
       std::vector<std::string>{"", "?", "?session_id=", "?session_id=a%00", "?session_id=.*", "?id=x"}) {
    EXPECT_EQ(status("POST", "/messages/" + query, ping), 400) << query;
  }
  EXPECT_EQ(status("POST", own + "&" + own.substr(own.find('?') + 1), ping), 400);
  HttpRequest json_only = Get("alice");
  json_only.headers.Set("Accept", "application/json");
  EXPECT_EQ(Refusal(json_only).status, 406);
  HttpRequest resuming = Get("alice");
  resuming.headers.Add("Last-Event-ID", "1");
  EXPECT_EQ(Refusal(resuming).status, 400);
  EXPECT_EQ(audit->decisions().size(), before + 15);  // each is recorded once
  EXPECT_TRUE(stream.Silent());
  EXPECT_EQ(Open(), 1U);
}

TEST_F(Sse, IsLimitedForAPersonWhateverTheClient) {
  options.sse->max_streams_per_person = 2;
  const Listening one = Listen("alice");
  auto two = std::make_unique<Listening>(Listen("alice@other"));
  const HttpResponse third = Refusal(Get("alice2"));
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.headers.Get("Retry-After"), "30");
  EXPECT_EQ(LastReason(), "too_many_streams");
  const Listening bobs = Listen("bob");
  two.reset();  // hangs up
  Await([&] { return Open() == 2; });
  (void)Listen("alice2");
  limiter->Exhaust("list");
  EXPECT_EQ(Refusal(Get("bob")).status, 429);
}

TEST_F(Sse, EndsWithTheCredentialItWasOpenedWith) {
  authenticator->expires_at = SystemClock::Instance().NowSeconds() + 1;
  Listening stream = Begin("alice2");
  authenticator->expires_at = 0;
  EXPECT_EQ(Say("alice", stream.post_to, Calling("hold")).status, 202);
  authenticator->Revoke("alice2");
  EXPECT_TRUE(stream.Over());
  Await([&] { return log.cancels == 1 && Open() == 0; });
  EXPECT_EQ(LastReason(), "credential_over");
  EXPECT_EQ(Say("alice", stream.post_to, Asking("ping")).status, 404);
}

TEST_F(Sse, EndsWhenIdle) {
  options.sse->idle = std::chrono::milliseconds(200);
  Listening stream = Begin("alice");
  EXPECT_EQ(Say("alice", stream.post_to, Calling("hold")).status, 202);
  EXPECT_EQ(stream.events->Next(Deadline::In(std::chrono::milliseconds(500))).error().kind(), ErrorKind::kTimeout);
  log.release = true;
  EXPECT_EQ(stream.Next()["result"]["content"][0]["text"], "held");
  EXPECT_TRUE(stream.Over());
  EXPECT_EQ(Open(), 0U);
}

TEST_F(Sse, EndsWhatRunsWhenItsReaderLeaves) {
  Listening stream = Begin("alice");
  EXPECT_EQ(Say("alice", stream.post_to, Calling("hold")).status, 202);
  Await([&] { return log.runs == 1; });
  stream.events.reset();
  Await([&] { return log.cancels == 1 && Open() == 0; });
  EXPECT_EQ(LastReason(), "disconnected");
}

TEST_F(Sse, EndsAtShutdown) {
  Listening stream = Begin("alice");
  OnLoop([this] { mcp->BeginShutdown(); });
  EXPECT_TRUE(stream.Over());
  EXPECT_EQ(Refusal(Get("alice")).status, 503);
  EXPECT_EQ(Say("alice", stream.post_to, Asking("ping")).status, 503);
}

TEST_F(Sse, CancelsByNoticeAndAsksQuestions) {
  Listening stream = Begin("alice", "2025-06-18");
  EXPECT_EQ(Say("alice", stream.post_to, Calling("hold", 42)).status, 202);
  Await([&] { return log.runs == 1; });
  const Json notice{{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 42}}}};
  EXPECT_EQ(Say("alice", stream.post_to, notice).status, 202);
  Await([&] { return log.cancels == 1; });
  EXPECT_EQ(Say("alice", stream.post_to, Calling("ask", 43)).status, 202);
  const Json question = stream.Next();
  EXPECT_EQ(question["method"], "elicitation/create");
  const Json answer{{"jsonrpc", "2.0"}, {"id", question["id"]}, {"result", {{"content", {{"name", "world"}}}}}};
  EXPECT_EQ(Say("bob", stream.post_to, answer).status, 404);
  EXPECT_EQ(Say("alice", stream.post_to, answer).status, 202);
  EXPECT_EQ(stream.Next()["result"]["content"][0]["text"], "hello world");
}

TEST_F(Sse, TellsOfChangesToWhomTheyConcern) {
  Listening bobs = Begin("bob");
  Listening early = Listen("alice");  // before its handshake nothing is told
  EXPECT_EQ(Say("bob", bobs.post_to, Asking("resources/subscribe", Json{{"uri", "note://bob"}})).status, 202);
  EXPECT_EQ(bobs.Next()["result"], Json::object());
  OnLoop([this] {
    mcp->AnnounceResource("note://alice");
    mcp->AnnounceResource("note://bob");
    mcp->Announce(Change::kTools);
  });
  EXPECT_EQ(bobs.Next()["params"]["uri"], "note://bob");
  EXPECT_EQ(bobs.Next()["method"], "notifications/tools/list_changed");
  EXPECT_TRUE(early.Silent());
}

// A client that opens a stream and then reads nothing more.
class DeafReader {
 public:
  DeafReader(const Endpoint& endpoint, const std::string& token)
      : line_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int small = 4096;
    EXPECT_EQ(::setsockopt(line_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(line_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string get = "GET /sse HTTP/1.1\r\nHost: " + endpoint.Authority() + "\r\nAuthorization: Bearer " +
                            token + "\r\nAccept: text/event-stream\r\n\r\n";
    EXPECT_EQ(::send(line_, get.data(), get.size(), MSG_NOSIGNAL), static_cast<ssize_t>(get.size()));
    std::string seen;
    char some[512];
    while (seen.find("\n\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(line_, some, sizeof some, 0);
      if (got <= 0) break;
      seen.append(some, static_cast<size_t>(got));
    }
    const size_t begin = seen.find("/messages/");
    post_to = seen.substr(begin, seen.find('\n', begin) - begin);
  }
  ~DeafReader() { ::close(line_); }

  std::string post_to;

 private:
  int line_;
};

TEST_F(Sse, IsTakenFromAReaderThatLeavesTooMuchUnreadAndFromNobodyElse) {
  options.sse->max_unread = size_t{64} << 10;
  Listening bobs = Begin("bob");
  const DeafReader deaf(endpoint, "alice");
  const Json params{{"protocolVersion", "2024-11-05"}, {"capabilities", Json::object()}};
  EXPECT_EQ(Say("alice", deaf.post_to, Asking("initialize", params)).status, 202);
  EXPECT_EQ(Open(), 2U);
  constexpr int kAtOnce = 1000;
  size_t told = 0;
  for (; told < size_t{16} << 20 && Open() == 2; told += kAtOnce * 80) {
    OnLoop([this] {
      for (int i = 0; i < kAtOnce; ++i) mcp->Announce(Change::kTools);
    });
    for (int i = 0; i < kAtOnce; ++i) ASSERT_EQ(bobs.Next()["method"], "notifications/tools/list_changed");
  }
  EXPECT_LT(told, size_t{16} << 20);
  EXPECT_EQ(Open(), 1U);
  EXPECT_EQ(Say("bob", bobs.post_to, Calling("echo")).status, 202);
  EXPECT_EQ(bobs.Next()["id"], 7);
}

}  // namespace
}  // namespace iff
