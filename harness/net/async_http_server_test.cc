#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using RequestPtr = std::shared_ptr<const HttpRequest>;
using ResponderPtr = std::shared_ptr<Responder>;

Deadline Soon() { return Deadline::In(5s); }

// A client that has a socket and no manners.
class Line {
 public:
  explicit Line(const Endpoint& endpoint) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Line() { Close(); }
  void Close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  void Say(std::string_view bytes) { EXPECT_GT(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL), 0); }
  int port() const {
    sockaddr_in own{};
    socklen_t size = sizeof own;
    EXPECT_EQ(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size), 0);
    return ntohs(own.sin_port);
  }
  std::string Hear() {  // once
    char block[65536];
    const ssize_t count = ::recv(descriptor_, block, sizeof block, 0);
    return count > 0 ? std::string(block, static_cast<size_t>(count)) : "";
  }
  std::string HearAll() {
    std::string all;
    for (std::string more = Hear(); !more.empty(); more = Hear()) all += more;
    return all;
  }

 private:
  int descriptor_;
};

std::string Get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

class AsyncHttpServerTest : public ::testing::Test {
 protected:
  void Serve(AsyncHandler handler, HttpServerOptions options = {}) {
    auto server = AsyncHttpServer::Start(loop_, std::move(options), std::move(handler));
    ASSERT_THAT(server, IsOk());
    server_ = std::move(server).value();
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~AsyncHttpServerTest() override {
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
  }
  // Runs `work` on the loop's thread and waits for it.
  void OnLoop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.Post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  size_t Connections() {
    size_t count = 0;
    OnLoop([&] { count = server_->connections(); });
    return count;
  }
  Endpoint endpoint() const { return server_->endpoint(); }

  EventLoop loop_;
  std::unique_ptr<AsyncHttpServer> server_;
  std::thread thread_;
};

TEST_F(AsyncHttpServerTest, AnswersPipelinedRequestsInOrder) {
  Serve([&](RequestPtr request, ResponderPtr responder) {
    const auto answer = [request, responder] { responder->Send({.body = request->target + "\n"}); };
    request->target.ends_with("7") ? loop_.Post(answer) : answer();
  });
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += Get("/" + std::to_string(i));
  requests += Get("/last", "Connection: close\r\n") + Get("/never");
  Line line(endpoint());
  line.Say(requests);
  const std::string answers = line.HearAll();
  size_t at = 0;
  for (int i = 0; i < 300; ++i) {
    at = answers.find("\r\n\r\n/" + std::to_string(i) + "\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_THAT(answers, EndsWith("Connection: close\r\n\r\n/last\n"));
}

// The next read waits while both are handled: what it brings must not end up where the buffer was emptied meanwhile.
TEST_F(AsyncHttpServerTest, ReadsOnAfterPipelinedRequestsWereAnsweredLater) {
  Serve([&](RequestPtr request, ResponderPtr responder) {
    (void)loop_.After(5ms, [request, responder] { responder->Send({.body = request->target + "\n"}); });
  });
  Line line(endpoint());
  line.Say(Get("/first") + Get("/second"));
  std::string answers;
  while (!answers.ends_with("/second\n")) {
    const std::string more = line.Hear();
    ASSERT_NE(more, "") << answers;
    answers += more;
  }
  line.Say(Get("/third"));
  EXPECT_THAT(line.Hear(), EndsWith("\r\n\r\n/third\n"));
}

TEST_F(AsyncHttpServerTest, StreamsChunksWithBackPressure) {
  Serve([](RequestPtr, ResponderPtr responder) {
    responder->Begin({.headers = {{"Content-Type", "text/event-stream"}}});
    for (int i = 0; i < 100; ++i) responder->Write(std::string(100'000, static_cast<char>('a' + i % 26)));
    responder->Write("");
    responder->End();
  });
  HttpClient client(endpoint());
  for (int round = 0; round < 2; ++round) {
    std::string body;
    const Result<HttpResponse> answer = client.Stream({}, Soon(), [&](std::string_view chunk) {
      body += chunk;
      return true;
    });
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->headers.Get("Content-Type"), "text/event-stream");
    EXPECT_EQ(answer->body, "");
    ASSERT_EQ(body.size(), 10'000'000U);
    EXPECT_EQ(body[9'999'999], 'v');
  }
  EXPECT_EQ(Connections(), 1U);
}

TEST_F(AsyncHttpServerTest, HandsOverEventsWhileTheyCome) {
  ResponderPtr kept;
  Serve([&](RequestPtr, ResponderPtr responder) {
    kept = responder;
    responder->Begin({});
    responder->Write("data: 1\n\n");
  });
  HttpClient client(endpoint());
  EventStreamParser parser;
  std::string seen;
  const Result<HttpResponse> answer = client.Stream({}, Soon(), [&](std::string_view chunk) {
    for (const ServerSentEvent& event : parser.Feed(chunk)) seen += event.data;
    if (seen == "1") loop_.Post([&] { kept->Write("data: 2\n\n"); });
    return seen != "12";  // hangs up
  });
  EXPECT_THAT(answer, IsOk());
  EXPECT_EQ(seen, "12");
  OnLoop([&] { kept.reset(); });
}

TEST_F(AsyncHttpServerTest, NoticesAPeerThatHangsUpWhileTheHandlerWorks) {
  std::promise<void> arrived;
  std::promise<bool> noticed;
  ResponderPtr kept;
  Serve([&](RequestPtr, ResponderPtr responder) {
    kept = responder;
    responder->OnDisconnect([&] { noticed.set_value(kept->disconnected()); });
    arrived.set_value();
  });
  Line line(endpoint());
  line.Say(Get("/"));
  arrived.get_future().wait();
  line.Close();
  EXPECT_TRUE(noticed.get_future().get());
  OnLoop([&] {
    kept->Begin({});  // dropped, and harmless
    kept->Write("x");
    kept->End();
    kept.reset();
  });
  EXPECT_EQ(Connections(), 0U);
}

TEST_F(AsyncHttpServerTest, GivesUpAPeerThatLeavesMoreUnreadThanTheHandlerAllows) {
  std::promise<size_t> given_up;
  Serve([&](RequestPtr, ResponderPtr responder) {
    responder->LimitUnread(size_t{64} << 10);
    responder->Begin({});
    size_t written = 0;
    // What the kernel takes comes before; no default lets so little pass.
    for (; !responder->disconnected() && written < size_t{15} << 20; written += size_t{64} << 10) {
      responder->Write(std::string(size_t{64} << 10, 'x'));
    }
    given_up.set_value(written);
    if (!responder->disconnected()) responder->End();
  });
  Line line(endpoint());
  line.Say(Get("/"));
  EXPECT_LT(given_up.get_future().get(), size_t{15} << 20);
}

// A peer that vanishes sends nothing: only the kernel's patience with what it does not acknowledge ends the connection.
TEST_F(AsyncHttpServerTest, BoundsHowLongWhatItWroteStaysUnacknowledged) {
  Serve([](RequestPtr, ResponderPtr responder) { responder->Send({}); });
  Line line(endpoint());
  line.Say(Get("/"));
  EXPECT_THAT(line.Hear(), StartsWith("HTTP/1.1 200"));
  int found = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {  // the server's end is in this process
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != line.port()) continue;
    ++found;
    unsigned int patience_ms = 0;
    size = sizeof patience_ms;
    EXPECT_EQ(::getsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, &size), 0);
    EXPECT_EQ(patience_ms, 120'000U);
  }
  EXPECT_EQ(found, 1);
}

TEST_F(AsyncHttpServerTest, TellsOnlyUnansweredRequestsOfAHangup) {
  std::atomic<int> told = 0;
  Serve([&](RequestPtr, ResponderPtr responder) {
    responder->OnDisconnect([&told, responder] { ++told; });
    responder->Send({});
  });
  Line line(endpoint());
  line.Say(Get("/"));
  EXPECT_THAT(line.Hear(), StartsWith("HTTP/1.1 200 OK\r\n"));
  line.Close();
  EXPECT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return Connections() == 0; }), IsOk());
  EXPECT_EQ(told, 0);
}

TEST_F(AsyncHttpServerTest, AnswersARequestItsHandlerForgot) {
  Serve([](RequestPtr, ResponderPtr) {});
  HttpClient client(endpoint());
  EXPECT_THAT(client.Send({}, Soon()), IsOkAndHolds(Field(&HttpResponse::status, 500)));
}

TEST_F(AsyncHttpServerTest, CutsAStreamItsHandlerForgot) {
  Serve([](RequestPtr, ResponderPtr responder) { responder->Begin({}); });
  HttpClient client(endpoint());
  EXPECT_THAT(client.Send({}, Soon()), FailsWith(ErrorKind::kUnavailable, HasSubstr("within the answer")));
}

TEST_F(AsyncHttpServerTest, KeepsControlCharactersOutOfItsHeaders) {
  Serve([](RequestPtr, ResponderPtr responder) { responder->Send({.status = 204, .headers = {{"X", "a\r\nY: b"}}}); });
  const std::string answer = SendRaw(endpoint(), Get("/"), Soon()).value_or("");
  EXPECT_EQ(answer, "HTTP/1.1 204 No Content\r\nX: a  Y: b\r\n\r\n");
}

TEST_F(AsyncHttpServerTest, DrainsWhenRunningRequestsAreAnswered) {
  ResponderPtr kept;
  std::promise<void> arrived;
  Serve([&](RequestPtr, ResponderPtr responder) {
    kept = responder;
    arrived.set_value();
  });
  Line idle(endpoint());
  Line busy(endpoint());
  busy.Say(Get("/"));
  arrived.get_future().wait();
  std::promise<void> drained;
  OnLoop([&] { server_->Drain(5s, [&] { drained.set_value(); }); });
  EXPECT_EQ(idle.HearAll(), "");
  auto future = drained.get_future();
  EXPECT_EQ(future.wait_for(20ms), std::future_status::timeout);
  OnLoop([&] { std::exchange(kept, nullptr)->Send({.body = "done"}); });
  EXPECT_THAT(busy.HearAll(), AllOf(HasSubstr("Connection: close"), EndsWith("done")));
  busy.Close();
  EXPECT_EQ(future.wait_for(5s), std::future_status::ready);
  HttpClient client(endpoint());
  EXPECT_THAT(client.Send({}, Soon()), FailsWith(ErrorKind::kUnavailable, HasSubstr("connection refused")));
}

TEST_F(AsyncHttpServerTest, HangsUpOnWhatIsStillRunningWhenTheDrainIsOver) {
  std::promise<void> arrived;
  std::atomic<bool> told = false;
  Serve([&](RequestPtr, ResponderPtr responder) {
    responder->Begin({});
    responder->OnDisconnect([&told, responder] { told = true; });
    arrived.set_value();
  });
  Line line(endpoint());
  line.Say(Get("/"));
  arrived.get_future().wait();
  std::promise<void> drained;
  OnLoop([&] { server_->Drain(30ms, [&] { drained.set_value(); }); });
  EXPECT_EQ(drained.get_future().wait_for(5s), std::future_status::ready);
  EXPECT_TRUE(told);
}

TEST_F(AsyncHttpServerTest, LetsConnectionsBeyondTheMostWait) {
  HttpServerOptions options;
  options.max_connections = 2;
  Serve([](RequestPtr, ResponderPtr responder) { responder->Send({}); }, options);
  Line first(endpoint());
  Line second(endpoint());
  EXPECT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return Connections() == 2; }), IsOk());
  Line third(endpoint());
  third.Say(Get("/"));
  EXPECT_EQ(Connections(), 2U);
  first.Close();
  EXPECT_THAT(third.Hear(), StartsWith("HTTP/1.1 200 OK"));
}

// What one connection asks for in one go is answered beside what others ask, not before.
TEST_F(AsyncHttpServerTest, TurnsToOthersAfterAFewRequestsOfOneConnection) {
  std::string order;
  Serve([&](RequestPtr request, ResponderPtr responder) {
    order += request->target[1];
    responder->Send({.body = "done\n"});
  });
  Line one(endpoint());
  Line other(endpoint());
  std::string many;
  for (int i = 0; i < 100; ++i) many += Get("/a");
  OnLoop([&] {  // both are there when the loop looks again
    one.Say(many + Get("/a", "Connection: close\r\n"));
    other.Say(Get("/b", "Connection: close\r\n"));
  });
  (void)other.HearAll();
  (void)one.HearAll();
  size_t before = 0;
  OnLoop([&] { before = order.find('b'); });
  EXPECT_LT(before, 20U) << order;
}

// Small ones come through whatever large ones wait for.
TEST_F(AsyncHttpServerTest, BoundsTheLargeBodiesThatArriveAtOnce) {
  constexpr size_t kLarge = size_t{1} << 20;
  Serve([](RequestPtr request,
           ResponderPtr responder) { responder->Send({.body = std::to_string(request->body.size()) + " bytes\n"}); },
        {.bodies_limit = 2 * kLarge});
  const auto post = [](size_t size) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\nx";
  };
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  Line first(endpoint());
  first.Say(post(kLarge));
  Line second(endpoint());
  second.Say(post(kLarge));
  ASSERT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return Connections() == 2; }), IsOk());
  for (const std::string& one : {post(kLarge), chunked}) {
    Line refused(endpoint());
    refused.Say(one);
    EXPECT_THAT(refused.HearAll(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("too many large bodies at once")));
  }
  Line small(endpoint());
  small.Say(post(1000) + std::string(999, 'x'));
  EXPECT_THAT(small.Hear(), EndsWith("1000 bytes\n"));

  first.Say(std::string(kLarge - 1, 'x'));
  EXPECT_THAT(first.Hear(), EndsWith("1048576 bytes\n"));
  second.Close();
  ASSERT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return Connections() == 2; }), IsOk());
  for (int i = 0; i < 3; ++i) {
    first.Say(post(kLarge) + std::string(kLarge - 1, 'x'));
    EXPECT_THAT(first.Hear(), EndsWith("1048576 bytes\n")) << "what was taken is given back";
  }
}

TEST_F(AsyncHttpServerTest, TakesOverAListeningSocket) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::listen(listener, 5), 0);  // on a port of the kernel's choice
  HttpServerOptions options;
  options.listener = listener;
  Serve([](RequestPtr, ResponderPtr responder) { responder->Send({.body = "mine"}); }, options);
  Endpoint here = endpoint();
  EXPECT_NE(here.port, 0);
  here.host = "127.0.0.1";
  HttpClient client(here);
  EXPECT_THAT(client.Send({}, Soon()), IsOkAndHolds(Field(&HttpResponse::body, "mine")));
}

TEST_F(AsyncHttpServerTest, LetsAnswersOutliveIt) {
  ResponderPtr kept;
  std::promise<void> arrived;
  Serve([&](RequestPtr, ResponderPtr responder) {
    kept = responder;
    arrived.set_value();
  });
  Line line(endpoint());
  line.Say(Get("/"));
  arrived.get_future().wait();
  OnLoop([&] { server_.reset(); });
  EXPECT_EQ(line.HearAll(), "");
  OnLoop([&] { std::exchange(kept, nullptr)->Send({}); });
}

// The asynchronous client, on the same loop as its server.
class AsyncHttpClientTest : public AsyncHttpServerTest {
 protected:
  Task<void> Ask(AsyncHttpClient& client, HttpRequest request, Deadline deadline) {
    Result<HttpResponse> answer = co_await client.Send(std::move(request), deadline, std::string());
    answers_.push_back(std::move(answer));
  }
  Result<bool> Have(size_t count) {
    size_t have = 0;
    OnLoop([&] { have = answers_.size(); });
    return have >= count;
  }
  std::vector<Result<HttpResponse>> answers_;
};

TEST_F(AsyncHttpClientTest, SharesFewConnectionsAmongManyRequests) {
  Serve([&](RequestPtr request, ResponderPtr responder) {
    loop_.Post([request, responder] { responder->Send({.body = request->body}); });
  });
  AsyncHttpClientOptions options;
  options.max_connections = 3;
  std::unique_ptr<AsyncHttpClient> client;
  OnLoop([&] {
    client = std::make_unique<AsyncHttpClient>(loop_, endpoint(), options);
    for (int i = 0; i < 200; ++i) {
      HttpRequest request = {.method = "POST", .body = std::to_string(i)};
      Spawn(Ask(*client, std::move(request), Soon()));
    }
  });
  EXPECT_THAT(Eventually(Soon(), [&] { return Have(200); }), IsOk());
  EXPECT_EQ(Connections(), 3U);
  for (const auto& answer : answers_) EXPECT_THAT(answer, IsOkAndHolds(Field(&HttpResponse::status, 200)));
  OnLoop([&] { client.reset(); });
}

TEST_F(AsyncHttpClientTest, TimesOutWhileItWaitsForAnswersAndForConnections) {
  std::vector<ResponderPtr> kept;
  Serve([&](RequestPtr, ResponderPtr responder) { kept.push_back(responder); });
  AsyncHttpClientOptions options;
  options.max_connections = 1;
  std::unique_ptr<AsyncHttpClient> client;
  OnLoop([&] {
    client = std::make_unique<AsyncHttpClient>(loop_, endpoint(), options);
    Spawn(Ask(*client, {}, Deadline::In(80ms)));
    Spawn(Ask(*client, {}, Deadline::In(30ms)));
  });
  ASSERT_THAT(Eventually(Soon(), [&] { return Have(2); }), IsOk());
  EXPECT_THAT(answers_[0], FailsWith(ErrorKind::kTimeout, HasSubstr("no free connection in time")));
  EXPECT_THAT(answers_[1], FailsWith(ErrorKind::kTimeout, HasSubstr("no answer in time")));
  OnLoop([&] {
    client.reset();
    kept.clear();
  });
}

}  // namespace
}  // namespace iff
