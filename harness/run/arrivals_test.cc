#include "harness/run/arrivals.h"

#include <gmock/gmock.h>

#include "harness/core/bytes.h"

namespace iff {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kToken = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
constexpr const char* kExchange = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";

Credential Alices() { return {.alias = "alice.mcp.token#1", .principal = "alice", .value = Secret(kToken)}; }

std::string Post(const std::string& path, const std::string& body, const std::string& field = "X: y") {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + field + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class ArrivalsTest : public testing::Test {
 protected:
  void Send(const std::string& bytes, uint64_t connection = 1) {
    arrivals_.Add("store", {.connection = connection, .to_component = true, .bytes = bytes});
  }
  // How the token was handed on in all that was sent, one line for each arrival.
  std::vector<std::string> HowAll(bool to_issuer = false) {
    std::vector<std::string> all;
    for (const Arrival& arrival : arrivals_.Since({})) all.push_back(HandedOn(arrival, Alices(), to_issuer).how);
    return all;
  }
  std::string How(const std::string& bytes, bool to_issuer = false) {
    Arrivals anew;
    anew.Add("store", {.connection = 1, .to_component = true, .bytes = bytes});
    const std::vector<Arrival> all = anew.Since({});
    return all.size() == 1 ? HandedOn(all[0], Alices(), to_issuer).how : std::to_string(all.size()) + " arrivals";
  }

  Arrivals arrivals_;
};

TEST_F(ArrivalsTest, FindTheTokenWhereverARequestHoldsIt) {
  const std::string token = kToken;
  EXPECT_EQ(How(Post("/v1/auth/jwt/login", R"({"role": "user", "jwt": ")" + token + "\"}")), "POST /v1/auth/jwt/login");
  EXPECT_EQ(How(Post("/v1/x", "", "X-Anything: " + token)), "POST /v1/x");
  EXPECT_EQ(How(Post("/v1/x", "", "Authorization: Basic " + Base64("token:" + token))), "POST /v1/x");
  EXPECT_EQ(How("GET /v1/x?t=" + token + " HTTP/1.1\r\nHost: x\r\n\r\n"), "GET /v1/x");
  EXPECT_EQ(How(std::string("\0\0\0\x52", 4) + token), "what is no request of HTTP");
  EXPECT_EQ(How(Post("/v1/x", token).substr(0, 200)), "POST /v1/x");
  EXPECT_EQ(How(Post("/v1/x", "another")), "");
  EXPECT_EQ(How(std::string("\0\0\0\x52 user", 9)), "");
}

TEST_F(ArrivalsTest, FindTheTokenOverChunksAndBehindOtherRequests) {
  Send(Post("/first", "nothing"));
  const std::string login = Post("/login", kToken);
  Send(login.substr(0, login.size() - 20));
  EXPECT_THAT(HowAll(), SizeIs(2));  // the second is still under way
  EXPECT_TRUE(arrivals_.Since({})[1].under_way);
  Send(login.substr(login.size() - 20));
  EXPECT_EQ(HowAll(), (std::vector<std::string>{"", "POST /login"}));
  std::string chunked = "POST /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string token = kToken;
  chunked += "a\r\n" + token.substr(0, 10) + "\r\n" + "2c\r\n" + token.substr(10) + "\r\n0\r\n\r\n";
  ASSERT_EQ(token.size(), 10U + 0x2cU);
  EXPECT_EQ(How(chunked), "POST /chunks");
}

TEST_F(ArrivalsTest, TellWhatIsNewFromWhatWasThere) {
  Send(Post("/login", kToken));
  const Arrivals::Mark mark = arrivals_.Now();
  EXPECT_THAT(arrivals_.Since(mark), IsEmpty());
  Send(Post("/read", ""));
  Send(Post("/other", ""), 2);
  arrivals_.Add("store", {.connection = 1, .to_component = false, .bytes = kToken});  // an answer
  const std::vector<Arrival> later = arrivals_.Since(mark);
  ASSERT_THAT(later, SizeIs(2));
  EXPECT_EQ(later[0].request->target, "/read");
  EXPECT_EQ(later[1].request->target, "/other");
  EXPECT_FALSE(arrivals_.none());
  EXPECT_TRUE(Arrivals().none());
}

TEST_F(ArrivalsTest, AnIssuerMayBeAskedAboutItsTokenAndNothingElse) {
  const std::string token = kToken;
  const std::string exchange = "grant_type=" + std::string(kExchange) + "&subject_token=" + token + "&audience=vault";
  EXPECT_EQ(How(Post("/token", exchange), true), "");
  EXPECT_EQ(How(Post("/introspect", "token=" + token), true), "");
  // The same to anybody else, or beside what it is for.
  EXPECT_EQ(How(Post("/token", exchange), false), "POST /token");
  EXPECT_EQ(How(Post("/introspect", "token=" + token), false), "POST /introspect");
  EXPECT_EQ(How(Post("/token", exchange, "Authorization: Bearer " + token), true), "POST /token");
  EXPECT_EQ(How(Post("/token", exchange + "&client_assertion=" + token), true), "POST /token");
  EXPECT_EQ(How(Post("/token", "grant_type=password&subject_token=" + token), true), "POST /token");
  EXPECT_EQ(How(Post("/token", "grant_type=" + std::string(kExchange) + "&token=" + token), true), "POST /token");
  EXPECT_EQ(How("GET /userinfo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n", true),
            "GET /userinfo");
}

TEST_F(ArrivalsTest, SayWhatNobodyCanRead) {
  Send("\x16\x03\x01 hello", 1);
  Send(std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8), 2);
  Send("\x16\x03\x01 hello", 2);
  const std::vector<Arrival> all = arrivals_.Since({});
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_TRUE(all[0].encrypted);
  EXPECT_TRUE(all[1].encrypted);
}

TEST_F(ArrivalsTest, SayWhenTheyAreMoreThanCanBeSearched) {
  std::string marks;
  while (marks.size() < size_t{1} << 20) marks += "\x1f\x8b\x08";
  arrivals_.Add("store", {.connection = 1, .to_component = true, .bytes = marks});
  ASSERT_EQ(arrivals_.Since({}).size(), 1U);
  EXPECT_TRUE(HandedOn(arrivals_.Since({})[0], Alices(), false).unfinished);
  arrivals_.Add("store", {.connection = 1, .to_component = true, .bytes = kToken});
  EXPECT_EQ(HandedOn(arrivals_.Since({})[0], Alices(), false).how, "what is no request of HTTP");
}

}  // namespace
}  // namespace iff
