#include "harness/net/http.h"

#include <gtest/gtest.h>

#include <atomic>
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
  auto server = AsyncHttpServer::Start(loop, {}, [](auto, std::shared_ptr<Responder> responder) { responder->Send({}); });
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

}  // namespace
}  // namespace iff
