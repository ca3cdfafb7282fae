#include "harness/net/http.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;

Deadline Soon() { return Deadline::In(5s); }

HttpResponse Echo(const HttpRequest& request) {
  HttpResponse response;
  response.headers.Add("X-Method", request.method);
  response.headers.Add("X-Target", request.target);
  response.body = request.body;
  return response;
}

std::unique_ptr<HttpServer> Serve(HttpServer::Handler handler) {
  auto server = HttpServer::Start(std::move(handler));
  EXPECT_THAT(server, IsOk());
  return std::move(server).value();
}

TEST(HttpClient, CarriesBodiesBothWays) {
  const auto server = Serve(Echo);
  HttpClient client(server->endpoint());
  HttpRequest request = {.method = "POST", .target = "/a?b=c", .body = std::string(300'000, 'x')};
  const Result<HttpResponse> answer = client.Send(request, Soon());
  ASSERT_THAT(answer, IsOkAndHolds(Field(&HttpResponse::body, request.body)));
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.Get("x-method"), "POST");
  EXPECT_EQ(answer->headers.Get("x-target"), "/a?b=c");
}

TEST(HttpClient, KeepsItsConnection) {
  EventLoop loop;
  auto server =
      AsyncHttpServer::Start(loop, {}, [](auto, std::shared_ptr<Responder> responder) { responder->Send({}); });
  ASSERT_THAT(server, IsOk());
  std::thread thread([&] { loop.Run(); });
  {
    HttpClient client((*server)->endpoint());
    for (int i = 0; i < 20; ++i) EXPECT_THAT(client.Send({}, Soon()), IsOk());
    std::atomic<size_t> seen = 99;
    loop.Post([&] { seen = (*server)->connections(); });
    EXPECT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return seen == 1; }), IsOk());
  }
  loop.Stop();
  thread.join();
}

TEST(HttpClient, SaysThatNobodyListens) {
  const auto held = HeldPort::Acquire();
  ASSERT_THAT(held, IsOk());
  HttpClient client(held->endpoint());
  EXPECT_THAT(client.Send({.target = "/health?key=secret"}, Soon()),
              FailsWith(ErrorKind::kUnavailable, "GET " + held->endpoint().Url("/health") + ": connection refused"));
}

// A peer of our own making: each connection gets what `speak` does with it.
class OddPeer {
 public:
  explicit OddPeer(std::function<void(int descriptor)> speak) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint_.port = ntohs(address.sin_port);
    thread_ = std::thread([this, speak = std::move(speak)] {
      while (true) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        ++connections_;
        speak(connection);
        ::close(connection);
      }
    });
  }
  ~OddPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  const Endpoint& endpoint() const { return endpoint_; }
  int connections() const { return connections_; }

 private:
  int listener_ = -1;
  Endpoint endpoint_ = {};
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

// Reads one request without a body; false when the client hung up.
bool ReadHead(int descriptor) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char c = 0;
    if (::recv(descriptor, &c, 1, 0) <= 0) return false;
    head += c;
  }
  return true;
}

std::function<void(int)> Saying(std::string text) {
  return [text = std::move(text)](int descriptor) {
    if (ReadHead(descriptor)) ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
  };
}

TEST(HttpClient, GivesUpOnAPeerThatHangs) {
  const OddPeer peer([](int descriptor) {
    while (ReadHead(descriptor)) {
    }
  });
  HttpClient client(peer.endpoint());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(client.Send({}, Deadline::In(80ms)), FailsWith(ErrorKind::kTimeout, HasSubstr("no answer in time")));
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
}

TEST(HttpClient, SaysThatThePeerDiedWithinItsAnswer) {
  const OddPeer peer(Saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"));
  HttpClient client(peer.endpoint());
  EXPECT_THAT(client.Send({}, Soon()),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("connection closed within the answer")));
}

TEST(HttpClient, SaysThatThePeerDiedBeforeItsAnswer) {
  const OddPeer peer(Saying(""));
  HttpClient client(peer.endpoint());
  EXPECT_THAT(client.Send({}, Soon()),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("connection closed before an answer")));
  EXPECT_EQ(peer.connections(), 1);  // nothing is sent twice on a new connection
}

TEST(HttpClient, SaysThatAnAnswerIsNotHttp) {
  const OddPeer peer(Saying("SSH-2.0-OpenSSH\r\n\r\n"));
  HttpClient client(peer.endpoint());
  EXPECT_THAT(client.Send({}, Soon()), FailsWith(ErrorKind::kProtocol, HasSubstr("answer is not http")));
}

TEST(HttpClient, ReadsAnAnswerThatEndsWithTheConnection) {
  const OddPeer peer(Saying("HTTP/1.0 200 OK\r\n\r\nall of it"));
  HttpClient client(peer.endpoint());
  EXPECT_THAT(client.Send({}, Soon()), IsOkAndHolds(Field(&HttpResponse::body, "all of it")));
}

TEST(HttpClient, SkipsInterimAnswers) {
  const OddPeer peer(
      Saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n"
             "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"));
  HttpClient client(peer.endpoint());
  EXPECT_THAT(client.Send({}, Soon()),
              IsOkAndHolds(AllOf(Field(&HttpResponse::status, 404), Field(&HttpResponse::body, "no"))));
}

TEST(HttpClient, RefusesAnAnswerBeyondItsLimit) {
  const auto server = Serve([](const HttpRequest&) { return HttpResponse{.body = std::string(2000, 'x')}; });
  HttpClient client(server->endpoint(), {.body_limit = 1000});
  EXPECT_THAT(client.Send({}, Soon()), FailsWith(ErrorKind::kProtocol, HasSubstr("larger than 1000 bytes")));
}

// The peer closes each connection after one answer that promised to keep it.
TEST(HttpClient, TakesANewConnectionWhenTheKeptOneWasClosed) {
  const OddPeer peer(Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  HttpClient client(peer.endpoint());
  for (int i = 0; i < 10; ++i) EXPECT_THAT(client.Send({}, Soon()), IsOk());
  EXPECT_EQ(peer.connections(), 10);
}

TEST(HttpClient, RepeatsOnlyWhatMayBeRepeated) {
  const OddPeer peer([](int descriptor) {  // answers once, takes a second request and dies
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (!ReadHead(descriptor)) return;
    ::send(descriptor, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    ReadHead(descriptor);
  });
  HttpClient client(peer.endpoint());
  EXPECT_THAT(client.Send({}, Soon()), IsOk());
  EXPECT_THAT(client.Send({.method = "POST"}, Soon()),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("before an answer")));
  EXPECT_THAT(client.Send({}, Soon()), IsOk());
  EXPECT_THAT(client.Send({}, Soon()), IsOk());  // on a kept connection that dies, and then on a new one
  EXPECT_EQ(peer.connections(), 3);
}

TEST(HttpClient, RefusesHeadersThatWouldForgeOthers) {
  HttpClient client(Endpoint{.port = 1});
  EXPECT_THAT(client.Send({.headers = {{"X", "a\r\nY: b"}}}, Soon()),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("control character in header X")));
  EXPECT_THAT(client.Send({.target = "/ HTTP/1.1"}, Soon()),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("blank or control character")));
}

TEST(HttpClient, ServesManyThreads) {
  const auto server = Serve(Echo);
  HttpClient client(server->endpoint());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&client, i] {
      for (int j = 0; j < 30; ++j) {
        const std::string mine = std::to_string(i) + "/" + std::to_string(j);
        EXPECT_THAT(client.Send({.method = "POST", .body = mine}, Soon()),
                    IsOkAndHolds(Field(&HttpResponse::body, mine)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// As an attack on the HTTP layer looks: what the server finds behind the request is seen, and is nobody's afterwards.
TEST(HttpClient, ShowsWhatWasAnsweredBehindARewrittenRequest) {
  std::atomic<int> handled = 0;
  const auto server = Serve([&](const HttpRequest& request) {
    ++handled;
    return HttpResponse{.body = request.method + " " + request.target + "\n"};
  });
  HttpClient client(server->endpoint());
  HttpRequest request = {.method = "POST", .target = "/first"};
  request.rewrite = [](std::string& bytes) {
    bytes += "GET /second HTTP/1.1\r\nHost: a\r\n\r\nGET /third HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_THAT(client.Send(request, Soon()),
              IsOkAndHolds(Field(&HttpResponse::body, "POST /first\nGET /second\nGET /third\n")));
  EXPECT_EQ(handled, 3);
  EXPECT_THAT(client.Send({.target = "/fourth"}, Soon()), IsOkAndHolds(Field(&HttpResponse::body, "GET /fourth\n")));
  request.rewrite = [](std::string& bytes) { bytes = "nonsense\r\n\r\n"; };
  EXPECT_THAT(client.Send(request, Soon()), IsOkAndHolds(Field(&HttpResponse::status, 400)));
}

TEST(SendRaw, AnswersWhatCameUntilTheEndOfOneResponse) {
  const auto server = Serve(Echo);
  EXPECT_THAT(SendRaw(server->endpoint(), "GET /r HTTP/1.1\r\nHost: a\r\n\r\n", Soon()),
              IsOkAndHolds(AllOf(HasSubstr("HTTP/1.1 200 OK\r\n"), HasSubstr("X-Target: /r\r\n"))));
  EXPECT_THAT(SendRaw(server->endpoint(), "HEAD /r HTTP/1.1\r\nHost: a\r\n\r\n", Soon()),
              IsOkAndHolds(HasSubstr("Content-Length: 0\r\n")));
}

TEST(SendRaw, AnswersNothingWhenNothingCame) {
  const auto server = Serve(Echo);
  EXPECT_THAT(SendRaw(server->endpoint(), "GET / HT", Deadline::In(50ms)), IsOkAndHolds(std::string()));
}

}  // namespace
}  // namespace iff
