// What the server makes of requests that two readers could understand differently.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StrictnessTest : public ::testing::Test {
 protected:
  StrictnessTest() {
    HttpServerOptions options;
    options.header_limit = 2000;
    options.body_limit = 1000;
    options.request_timeout = 200ms;
    options.idle_timeout = 400ms;
    auto server = AsyncHttpServer::Start(
        loop_, options, [this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
          ++handled_;
          HttpResponse response;
          response.headers.Add("X-Seen", request->method + " " + request->target + " " +
                                             std::to_string(request->headers.fields().size()));
          response.body = request->body;
          responder->Send(std::move(response));
        });
    EXPECT_THAT(server, IsOk());
    server_ = std::move(server).value();
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~StrictnessTest() override {
    loop_.Stop();
    thread_.join();
  }

  std::string Say(const std::string& bytes) {
    const Result<std::string> answer = SendRaw(server_->endpoint(), bytes, Deadline::In(5s));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer.value() : "";
  }
  void ExpectRefused(const std::string& bytes, const std::string& status, const std::string& why) {
    handled_ = 0;
    EXPECT_THAT(Say(bytes), AllOf(StartsWith("HTTP/1.1 " + status), HasSubstr("Connection: close"), HasSubstr(why)))
        << bytes;
    EXPECT_EQ(handled_, 0) << bytes;
  }
  void ExpectTaken(const std::string& bytes, const std::string& seen) {
    EXPECT_THAT(Say(bytes), AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("X-Seen: " + seen + "\r\n"))) << bytes;
  }

  EventLoop loop_;
  std::atomic<int> handled_ = 0;
  std::unique_ptr<AsyncHttpServer> server_;
  std::unique_ptr<AsyncHttpServer> careless_;
  std::thread thread_;
};

TEST_F(StrictnessTest, RefusesAmbiguousFraming) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  ExpectRefused(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "");
  ExpectRefused(post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400", "");
  ExpectRefused(post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "400", "repeated content length");
  ExpectRefused(post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400", "");
  ExpectRefused(post + "Content-Length: 5, 5\r\n\r\nhello", "400", "content length");
  ExpectRefused(post + "Content-Length: +5\r\n\r\nhello", "400", "");
  ExpectRefused(post + "Content-Length: -1\r\n\r\n", "400", "");
  ExpectRefused(post + "Content-Length: 99999999999999999999999\r\n\r\n", "400", "");
  ExpectRefused(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "");
  ExpectRefused(post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501", "transfer encoding");
  ExpectRefused(post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501", "transfer encoding");
  ExpectRefused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "http/1.0");
  ExpectRefused(post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", "400", "malformed");
  ExpectRefused(post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "400", "malformed");
}

TEST_F(StrictnessTest, RefusesMalformedHeaders) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  ExpectRefused("GET / HTTP/1.1\r\n\r\n", "400", "no host");
  ExpectRefused(get + "Host: a\r\n\r\n", "400", "repeated host");
  ExpectRefused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400", "malformed host");
  ExpectRefused("GET / HTTP/1.1\r\nHost: evil@a\r\n\r\n", "400", "malformed host");
  ExpectRefused(get + "X: a\r\n b\r\n\r\n", "400", "folded header");
  ExpectRefused(get + "X: a\nY: b\r\n\r\n", "400", "bare line feed");
  ExpectRefused(get + "X: a\rY: b\r\n\r\n", "400", "bare carriage return");
  ExpectRefused(get + std::string("X: a\0b\r\n\r\n", 10), "400", "control character");
  ExpectRefused(get + "X: a\x01\r\n\r\n", "400", "control character");
  ExpectRefused(get + "X : a\r\n\r\n", "400", "malformed request");
  ExpectRefused(get + ": a\r\n\r\n", "400", "malformed request");
  ExpectRefused(get + "no colon\r\n\r\n", "400", "malformed request");
  ExpectRefused("GET /\r\nHost: a\r\n\r\n", "400", "malformed request");
  ExpectRefused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505", "version");
  ExpectRefused("GET x HTTP/1.1\r\nHost: a\r\n\r\n", "400", "malformed target");
  ExpectRefused("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", "400", "fragment");
  ExpectRefused(get + "Expect: coffee\r\n\r\n", "417", "expectation");
  ExpectRefused("\x16\x03\x01\x02\n", "400", "");
}

// Beyond what is read ahead of a body, too.
TEST(Heads, AreReadUpToTheLimitHoweverHighItIs) {
  EventLoop loop;
  HttpServerOptions options;
  options.header_limit = size_t{200} << 10;
  const auto server = AsyncHttpServer::Start(
      loop, options, [](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
        responder->Send({.body = std::to_string(request->headers.Get("X").size())});
      });
  ASSERT_THAT(server, IsOk());
  std::thread thread([&] { loop.Run(); });
  const auto say = [&](size_t size) {
    const std::string bytes =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: " + std::string(size, 'x') + "\r\n\r\n";
    return SendRaw((*server)->endpoint(), bytes, Deadline::In(5s)).value_or("no answer");
  };
  EXPECT_THAT(say(size_t{190} << 10), AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("\r\n\r\n194560")));
  EXPECT_THAT(say(size_t{210} << 10), StartsWith("HTTP/1.1 431"));
  loop.Stop();
  thread.join();
}

// RFC 9112 section 3.2.2: the authority of the target counts, so that it cannot name another host than Host.
TEST_F(StrictnessTest, RefusesATargetThatNamesAnotherHost) {
  ExpectRefused("POST http://evil/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "400", "host differ");
  ExpectRefused("GET http://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n", "400", "host differ");
  ExpectRefused("GET http://a?@evil HTTP/1.1\r\nHost: evil\r\n\r\n", "400", "host differ");
  ExpectRefused("GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n", "400", "host differ");
  ExpectRefused("GET http://evil@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400", "malformed authority");
  ExpectRefused("GET http://a@evil/ HTTP/1.1\r\nHost: a\r\n\r\n", "400", "malformed authority");
  ExpectRefused("GET http:///x HTTP/1.1\r\nHost:\r\n\r\n", "400", "malformed authority");
}

TEST_F(StrictnessTest, RefusesWhatIsTooLarge) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  ExpectRefused(get + "X: " + std::string(3000, 'x') + "\r\n\r\n", "431", "header is too large");
  ExpectRefused("GET /" + std::string(3000, 'x'), "431", "header is too large");
  std::string many = get;
  for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
  ExpectRefused(many + "\r\n", "431", "too many header fields");
  ExpectRefused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", "413", "body is too large");
  ExpectRefused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x'), "413",
                "body is too large");
  ExpectRefused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", "413", "body is too large");
}

TEST_F(StrictnessTest, TakesWhatIsUnusualAndAllowed) {
  ExpectTaken("\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", "GET / 1");
  ExpectTaken("GET http://a:1/x?y HTTP/1.1\r\nHost: a:1\r\n\r\n", "GET /x?y 1");
  ExpectTaken("GET HTTP://Example?y HTTP/1.1\r\nhost: eXample\r\n\r\n", "GET /?y 1");
  ExpectTaken("GET http://a/ HTTP/1.0\r\n\r\n", "GET / 1");  // Host is taken from the target
  ExpectTaken("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "OPTIONS * 1");
  ExpectTaken("BREW / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "BREW / 1");
  ExpectTaken("GET / HTTP/1.0\r\n\r\n", "GET / 0");
}

TEST_F(StrictnessTest, ReadsChunksAndForgetsTrailers) {
  const std::string answer =
      Say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nAuthorization: Bearer forged\r\n\r\n");
  EXPECT_THAT(answer, AllOf(HasSubstr("X-Seen: POST / 2\r\n"), ::testing::EndsWith("\r\n\r\nabcde")));
}

// What makes a server careless on purpose sees the request whole, and what is left over is the next one.
TEST_F(StrictnessTest, ReadsWhatItWasTidiedInto) {
  HttpServerOptions options;
  options.tidy = [](std::string& bytes) {
    const size_t coding = bytes.find("Transfer-Encoding: chunked\r\n");
    if (coding != std::string::npos) bytes.erase(coding, 28);
  };
  // The fixture's, which ends it when nothing serves any more.
  auto started = AsyncHttpServer::Start(
      loop_, options, [this](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
        ++handled_;
        responder->Send({.body = request->target + request->body});
      });
  ASSERT_THAT(started, IsOk());
  careless_ = std::move(started).value();
  HttpClient client(careless_->endpoint());
  HttpRequest request = {.method = "POST", .target = "/first"};
  request.rewrite = [](std::string& bytes) {
    bytes =
        "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n22\r\nGET /hidden "
        "HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_THAT(client.Send(request, Deadline::In(5s)),
              IsOkAndHolds(::testing::Field(&HttpResponse::body, "/first22\r\n/hidden")));
  EXPECT_EQ(handled_, 2);
}

TEST_F(StrictnessTest, AnswersHeadWithoutABody) {
  EXPECT_THAT(Say("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
              AllOf(HasSubstr("Content-Length: 3\r\n"), ::testing::EndsWith("\r\n\r\n")));
}

TEST_F(StrictnessTest, InvitesTheBodyOfAClientThatExpectsIt) {
  EXPECT_THAT(Say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
              StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 "));
  EXPECT_THAT(Say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(StrictnessTest, AnswersARequestThatStallsAndClosesAnIdleConnection) {
  EXPECT_THAT(Say("GET / HTTP/1.1\r\nHost"), StartsWith("HTTP/1.1 408 Request Timeout"));
  EXPECT_EQ(Say(""), "");
}

}  // namespace
}  // namespace iff
