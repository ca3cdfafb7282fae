#include "bench/load/hops.h"

#include <gmock/gmock.h>

#include "bench/load/row.h"

namespace iff {
namespace {

using ::testing::ElementsAre;

const std::string kReady = std::string("...Z\0\0\0\5I", 9);

Seen Up(const std::string& component, uint64_t connection, int64_t at, const std::string& begin) {
  return {.component = component, .connection = connection, .to_component = true, .at = at, .begin = begin};
}
Seen Down(const std::string& component, uint64_t connection, int64_t at, const std::string& end = {}) {
  return {.component = component, .connection = connection, .at = at, .end = end};
}

std::vector<std::string> Said(const std::vector<Hop>& hops) {
  std::vector<std::string> said;
  for (const Hop& hop : hops)
    said.push_back(hop.name + " " + std::to_string(hop.begin) + "-" + std::to_string(hop.end));
  return said;
}
std::vector<std::string> Said(const std::vector<Part>& parts) {
  std::vector<std::string> said;
  for (const Part& part : parts) said.push_back(part.name + " " + std::to_string(part.took));
  return said;
}

TEST(HopName, KnowsTheChain) {
  EXPECT_EQ(HopName("keycloak", "POST /realms/demo/protocol/openid-connect/token HTTP/1.1\r\n"), "token exchange");
  EXPECT_EQ(HopName("keycloak", "GET /realms/demo/protocol/openid-connect/certs HTTP/1.1\r\n"), "key set");
  EXPECT_EQ(HopName("vault", "POST /v1/auth/jwt/login HTTP/1.1\r\n"), "vault login");
  EXPECT_EQ(HopName("vault", "POST /v1/auth/token/revoke-self HTTP/1.1\r\n"), "vault give back");
  EXPECT_EQ(HopName("vault", "GET /v1/secret/data/users/e/jira HTTP/1.1\r\n"), "kv read");
  EXPECT_EQ(HopName("vault", "GET /v1/database/creds/e HTTP/1.1\r\n"), "dynamic credential");
  EXPECT_EQ(HopName("jira", "GET /rest/api/3/issue/A-1 HTTP/1.1\r\n"), "jira GET");
  EXPECT_EQ(HopName("queue", std::string("\0\1binary", 8)), "queue dialogue");
}

TEST(HopsOf, PutsRequestAndAnswerTogetherOnEachConnection) {
  const std::vector<Hop> hops = HopsOf({
      Up("keycloak", 1, 100, "POST /realms/r/protocol/openid-connect/token HTTP/1.1\r\n"),
      Up("keycloak", 1, 110, "body"),
      Up("vault", 1, 150, "POST /v1/auth/jwt/login HTTP/1.1\r\n"),
      Down("keycloak", 1, 200),
      Down("vault", 1, 260),
      Down("vault", 1, 270),
      Up("vault", 1, 300, "GET /v1/secret/data/users/e/jira HTTP/1.1\r\n"),
      Down("vault", 1, 350),
      Up("jira", 7, 400, "GET /never-answered HTTP/1.1\r\n"),
  });
  EXPECT_THAT(Said(hops), ElementsAre("token exchange 100-200", "vault login 150-270", "kv read 300-350"));
}

TEST(HopsOf, TakesADatabaseLoginForOneHop) {
  const std::vector<Hop> hops = HopsOf({
      Up("postgres", 1, 10, "startup"),
      Down("postgres", 1, 20, "sasl"),
      Up("postgres", 1, 30, "p..."),
      Down("postgres", 1, 90, kReady),
      Up("postgres", 1, 100, "Q..."),
      Down("postgres", 1, 110, "rows"),
      Down("postgres", 1, 120, kReady),
  });
  EXPECT_THAT(Said(hops), ElementsAre("database connect 10-90", "query 100-120"));
}

TEST(PartsOf, AddUpToTheWhole) {
  const std::vector<Hop> hops = {{"login", 0, 40}, {"exchange", 50, 80}, {"side by side", 60, 90}, {"beyond", 95, 130}};
  EXPECT_THAT(Said(PartsOf(hops, 0, 100)),
              ElementsAre("login 40", "exchange 30", "side by side 10", "beyond 5", std::string(kRest) + " 15"));
  EXPECT_THAT(Said(PartsOf({{"before", -50, -10}, {"across", -5, 5}}, 0, 10)),
              ElementsAre("across 5", std::string(kRest) + " 5"));
}

TEST(Breakdown, KeepsWhatItWasTold) {
  Breakdown breakdown;
  breakdown.Add(PartsOf({{"a", 0, 10}, {"b", 20, 40}, {"b", 50, 60}}, 0, 100), 100);
  breakdown.Add(PartsOf({{"c", 0, 30}, {"a", 30, 40}}, 0, 60), 60);
  std::vector<std::string> said;
  int64_t sum = 0;
  for (const Breakdown::Row& row : breakdown.rows) {
    said.push_back(row.name + " " + std::to_string(row.total_us) + " of " + std::to_string(row.took.count()));
    sum += row.total_us;
  }
  EXPECT_THAT(said, ElementsAre("a 20 of 2", "b 30 of 1", "c 30 of 1", std::string(kRest) + " 80 of 2"));
  EXPECT_EQ(sum, breakdown.whole.sum());
  const std::vector<std::string> lines = BreakdownLines(breakdown);
  EXPECT_THAT(lines[lines.size() - 2], ::testing::HasSubstr("0.080"));
}

TEST(Breakdown, TellsWhatIsAuthentication) {
  Breakdown breakdown;
  const std::vector<Hop> hops = {
      {"password login", 0, 40}, {"vault login", 40, 55}, {"kv read", 55, 60}, {"jira GET", 60, 90}};
  breakdown.Add(PartsOf(hops, 0, 100), 100);
  breakdown.Add(PartsOf({{"jira GET", 10, 90}}, 0, 100), 100);
  EXPECT_DOUBLE_EQ(breakdown.AuthenticationUs(), 30);
  EXPECT_THAT(BreakdownLines(breakdown).back(), ::testing::HasSubstr("30.0 %"));
  EXPECT_TRUE(IsAuthentication(HopName("keycloak", "POST /realms/demo/protocol/openid-connect/token HTTP/1.1\r\n")));
  EXPECT_TRUE(IsAuthentication(HopName("vault", "GET /v1/database/creds/alice HTTP/1.1\r\n")));
  EXPECT_FALSE(IsAuthentication(HopName("jira", "GET /rest/api/3/issue/1 HTTP/1.1\r\n")));
  EXPECT_FALSE(IsAuthentication(kRest));
}

TEST(MayBeTold, WantsAHundredSamplesBeyond) {
  EXPECT_FALSE(MayBeTold(9'999, 0.99));
  EXPECT_TRUE(MayBeTold(10'000, 0.99));
  EXPECT_FALSE(MayBeTold(99'999, 0.999));
  EXPECT_TRUE(MayBeTold(100'000, 0.999));
  EXPECT_TRUE(MayBeTold(10, 0.5));
  EXPECT_FALSE(MayBeTold(9, 0.5));
  Histogram few;
  few.Record(1500);
  EXPECT_EQ(Milliseconds(few, 0.99), "~1.500");
  EXPECT_EQ(Milliseconds(Histogram(), 0.99), "n/a");
}

TEST(BenchRow, MarksWhatFewSamplesSay) {
  BenchRow row{.name = "hop", .title = "a hop"};
  for (int i = 0; i < 999; ++i) row.response.Record(500);
  EXPECT_THAT(TableLine(row), ::testing::HasSubstr("    0.500   ~0.500   ~0.500   ~0.500"));
  EXPECT_EQ(row.ToJson()["response"]["too_few_for"], Json::array({"p90_us", "p99_us"}));
  EXPECT_EQ(row.ToJson()["service"]["too_few_for"], Json::array({"p50_us", "p90_us", "p99_us"}));
  while (row.response.count() < 10'000) row.response.Record(500);
  EXPECT_THAT(TableLine(row), ::testing::HasSubstr("    0.500    0.500    0.500   ~0.500"));
  EXPECT_EQ(row.ToJson()["response"]["too_few_for"], Json::array());
}

}  // namespace
}  // namespace iff
