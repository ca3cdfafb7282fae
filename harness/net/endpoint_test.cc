#include "harness/net/endpoint.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/net/http.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseUrl, SplitsEndpointAndTarget) {
  const Result<Url> url = ParseUrl("http://127.0.0.1:8080/mcp?x=1");
  ASSERT_THAT(url, IsOk());
  EXPECT_EQ(url->endpoint, (Endpoint{"http", "127.0.0.1", 8080}));
  EXPECT_EQ(url->target, "/mcp?x=1");
  EXPECT_EQ(url->endpoint.Url(url->target), "http://127.0.0.1:8080/mcp?x=1");
}

TEST(ParseUrl, KnowsDefaultPortsAndTheRoot) {
  EXPECT_EQ(ParseUrl("http://localhost")->endpoint.port, 80);
  EXPECT_EQ(ParseUrl("HTTPS://localhost")->endpoint, (Endpoint{"https", "localhost", 443}));
  EXPECT_EQ(ParseUrl("http://localhost")->target, "/");
  EXPECT_EQ(ParseUrl("http://localhost?a")->target, "/?a");
  EXPECT_EQ(ParseUrl("http://[::1]:7/x")->endpoint, (Endpoint{"http", "[::1]", 7}));
}

TEST(ParseUrl, RefusesWhatIsNotPlain) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"localhost:80", "no scheme"},   {"ftp://localhost/", "neither http nor https"},
      {"http:///x", "no host"},        {"http://a:0/", "bad port"},
      {"http://a:70000/", "bad port"}, {"http://a:/", "bad port"},
      {"http://a:8x/", "bad port"},    {"http://a/#b", "fragment"},
      {"http://a b/", "blank"},        {"http://[::1/", "unfinished address"},
      {"http://[zz]/", "bad address"}, {"http://[::1]x/", "bad host"},
      {"http://a,b/", "bad host"},
  };
  for (const auto& [text, why] : cases) {
    EXPECT_THAT(ParseUrl(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr(why))) << text;
  }
}

TEST(ParseUrl, RefusesUserInformationWithoutRepeatingIt) {
  EXPECT_THAT(ParseUrl("http://alice:wonderland@a/"),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("user information"), Not(HasSubstr("wonderland")))));
}

TEST(HeldPort, IsGivenToNobodyElse) {
  std::vector<HeldPort> held;
  std::set<uint16_t> ports;
  for (int i = 0; i < 200; ++i) {
    auto port = HeldPort::Acquire();
    ASSERT_THAT(port, IsOk());
    ports.insert(port->port());
    held.push_back(std::move(port).value());
  }
  EXPECT_EQ(ports.size(), 200U);
}

TEST(HeldPort, IsTakenOverByTheServerItIsMeantFor) {
  const auto held = HeldPort::Acquire();
  ASSERT_THAT(held, IsOk());
  for (int round = 0; round < 3; ++round) {  // also again, after connections have been closed
    const auto server = HttpServer::Start([](const HttpRequest&) { return HttpResponse{}; }, held->port());
    ASSERT_THAT(server, IsOk());
    HttpClient client(held->endpoint());
    EXPECT_THAT(client.Send({}, Deadline::In(5s)), IsOk());
  }
}

TEST(HttpServer, SaysThatItsPortIsTaken) {
  const auto first = HttpServer::Start([](const HttpRequest&) { return HttpResponse{}; });
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(HttpServer::Start([](const HttpRequest&) { return HttpResponse{}; }, (*first)->endpoint().port),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("address already in use")));
}

}  // namespace
}  // namespace iff
