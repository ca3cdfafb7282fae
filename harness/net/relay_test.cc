#include "harness/net/relay.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "harness/core/result_matchers.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

Deadline Soon() { return Deadline::In(5s); }

// A server behind a relay, and what the relay has shown.
class RelayTest : public testing::Test {
 protected:
  void Open(HttpServer::Handler handler) {
    server_ = HttpServer::Start(std::move(handler)).value();
    Open(server_->endpoint());
  }
  void Open(Endpoint server) {
    relay_ = HttpRelay::Open({.server = std::move(server),
                              .passed =
                                  [this](const Passed& seen) {
                                    const std::lock_guard lock(mutex_);
                                    seen_[seen.number] = seen;
                                  }})
                 .value();
    client_ = std::make_unique<HttpClient>(relay_->endpoint());
  }
  // What was shown of exchange `number`.
  Passed Seen(uint64_t number) {
    Passed found;
    const Result<void> came = Eventually(Soon(), [&]() -> Result<bool> {
      const std::lock_guard lock(mutex_);
      const auto one = seen_.find(number);
      if (one != seen_.end()) found = one->second;
      return one != seen_.end();
    });
    EXPECT_THAT(came, IsOk()) << "exchange " << number;
    return found;
  }

  std::mutex mutex_;
  std::map<uint64_t, Passed> seen_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpRelay> relay_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(RelayTest, PassesARequestOnAndShowsIt) {
  Open([](const HttpRequest& request) {
    return HttpResponse{.status = 201,
                        .headers = {{"X-Got", request.headers.Get("X-Sent")}, {"X-Host", request.headers.Get("Host")}},
                        .body = request.method + " " + request.target + " " + request.body};
  });
  const Result<HttpResponse> answer =
      client_->Send({.method = "POST", .target = "/mcp?x=1", .headers = {{"X-Sent", "a"}}, .body = "hello"}, Soon());
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "POST /mcp?x=1 hello");
  EXPECT_EQ(answer->headers.Get("X-Got"), "a");
  // The server is asked by its own name, and the client reads the one it came by.
  EXPECT_EQ(Seen(1).answer.headers.Get("X-Host"), server_->endpoint().Authority());
  EXPECT_EQ(Seen(1).request.body, "hello");
  EXPECT_EQ(Seen(1).request.headers.Get("Host"), relay_->endpoint().Authority());
  EXPECT_TRUE(Seen(1).alone);
  EXPECT_FALSE(Seen(1).silence.has_value());
}

TEST_F(RelayTest, SpeaksOfTheServerByTheNameTheClientKnows) {
  Endpoint named;
  Open([&](const HttpRequest& request) {
    EXPECT_EQ(request.headers.Get("Origin"), named.Url());
    return HttpResponse{
        .status = 401,
        .headers = {{"WWW-Authenticate", "Bearer resource_metadata=\"" + named.Url("/.well-known/x") + "\""}},
        .body = "{\"resource\": \"" + named.Url("/mcp") + "\", \"other\": \"" + named.Url() + "7\"}"};
  });
  named = server_->endpoint();
  const Endpoint ours = relay_->endpoint();
  const Result<HttpResponse> document =
      client_->Send({.target = "/.well-known/x", .headers = {{"Origin", ours.Url()}}}, Soon());
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->headers.Get("WWW-Authenticate"),
            "Bearer resource_metadata=\"" + ours.Url("/.well-known/x") + "\"");
  EXPECT_EQ(document->body, "{\"resource\": \"" + ours.Url("/mcp") + "\", \"other\": \"" + named.Url() + "7\"}");
  // Elsewhere the body is the server's own.
  EXPECT_THAT(client_->Send({.target = "/mcp", .headers = {{"Origin", ours.Url()}}}, Soon())->body,
              HasSubstr(named.Url("/mcp")));
}

TEST_F(RelayTest, IsAskedByNamesOfThisMachineAlone) {
  Open([](const HttpRequest&) { return HttpResponse{}; });
  const std::string port = std::to_string(relay_->endpoint().port);
  const auto asked_by = [&](const std::string& host) {
    return client_->Send({.headers = {{"Host", host}}}, Soon()).value().status;
  };
  for (const std::string& host :
       {"127.0.0.1:" + port, "localhost:" + port, std::string("LOCALHOST"), std::string("[::1]")}) {
    EXPECT_EQ(asked_by(host), 200) << host;
  }
  for (const char* host : {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example:80"}) {
    EXPECT_EQ(asked_by(host), 403) << host;
  }
}

TEST_F(RelayTest, SaysThatTheServerDoesNotAnswer) {
  Endpoint nobody;
  {
    const HeldPort held = HeldPort::Acquire().value();
    nobody = held.endpoint();
  }
  Open(nobody);
  EXPECT_EQ(client_->Send({}, Soon()).value().status, 502);
  ASSERT_TRUE(Seen(1).silence.has_value());
  EXPECT_THAT(Seen(1).silence->message(), HasSubstr("refused"));
}

// A server whose answers last as long as the test wants.
class StreamRelayTest : public RelayTest {
 protected:
  StreamRelayTest() {
    streamer_ = AsyncHttpServer::Start(loop_, {}, [this](auto request, auto responder) {
                  const std::lock_guard lock(held_mutex_);
                  responder->OnDisconnect([this] { gone_ = true; });
                  if (request->method == "GET") {
                    responder->Begin({.headers = {{"Content-Type", "text/event-stream"}}});
                    responder->Write("data: first\n\n");
                  }
                  held_.push_back(responder);
                }).value();
    thread_ = std::thread([this] { loop_.Run(); });
    Open(streamer_->endpoint());
  }
  ~StreamRelayTest() override {
    relay_.reset();
    loop_.Stop();
    thread_.join();
  }
  void OnLoop(std::function<void(Responder&)> act, size_t which) {
    loop_.Post([this, act = std::move(act), which] {
      const std::lock_guard lock(held_mutex_);
      act(*held_.at(which));
    });
  }
  void AwaitHeld(size_t count) {
    EXPECT_THAT(Eventually(Soon(),
                           [&]() -> Result<bool> {
                             const std::lock_guard lock(held_mutex_);
                             return held_.size() >= count;
                           }),
                IsOk());
  }

  EventLoop loop_;
  std::mutex held_mutex_;
  std::vector<std::shared_ptr<Responder>> held_;
  std::atomic<bool> gone_ = false;
  std::unique_ptr<AsyncHttpServer> streamer_;
  std::thread thread_;
};

TEST_F(StreamRelayTest, PassesAStreamOnPieceByPiece) {
  std::string all;
  const Result<HttpResponse> answer = client_->Stream({}, Soon(), [&](std::string_view chunk) {
    // The second piece is written only when the first has arrived.
    if (all.empty()) {
      OnLoop(
          [](Responder& responder) {
            responder.Write("data: second\n\n");
            responder.End();
          },
          0);
    }
    all.append(chunk);
    return true;
  });
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(all, "data: first\n\ndata: second\n\n");
  EXPECT_EQ(answer->headers.Get("Content-Type"), "text/event-stream");
  EXPECT_EQ(Seen(1).answer.body, all);
}

TEST_F(StreamRelayTest, TellsTheServerThatTheClientHungUp) {
  ASSERT_THAT(client_->Stream({}, Soon(), [](std::string_view) { return false; }), IsOk());
  EXPECT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return gone_.load(); }), IsOk());
  EXPECT_TRUE(Seen(1).silence.has_value());
}

TEST_F(StreamRelayTest, KnowsWhatWasUnderWayTogether) {
  const auto post = [this] {
    HttpClient client(relay_->endpoint());
    EXPECT_EQ(client.Send({.method = "POST"}, Soon()).value().status, 200);
  };
  std::thread first(post);
  AwaitHeld(1);
  std::thread second(post);
  AwaitHeld(2);
  for (const size_t which : {0U, 1U}) OnLoop([](Responder& responder) { responder.Send({}); }, which);
  first.join();
  second.join();
  EXPECT_FALSE(Seen(1).alone);
  EXPECT_FALSE(Seen(2).alone);
  std::thread third(post);
  AwaitHeld(3);
  OnLoop([](Responder& responder) { responder.Send({}); }, 2);
  third.join();
  EXPECT_TRUE(Seen(3).alone);
}

TEST_F(StreamRelayTest, EndsWhileSomethingIsUnderWay) {
  std::thread client([this] {
    HttpClient mine(relay_->endpoint());
    (void)mine.Send({.method = "POST"}, Soon());
  });
  AwaitHeld(1);
  relay_.reset();
  client.join();
  EXPECT_TRUE(Seen(1).silence.has_value());
}

}  // namespace
}  // namespace iff
