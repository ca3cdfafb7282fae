#include "mocks/server.h"

#include "mocks/mock_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Says who is asking, and counts that as disclosing the caller.
class FakeApi final : public MockApi {
 public:
  std::string name() const override { return "fake"; }
  void Join(const Person&) override {}
  void Leave(const std::string&) override {}
  std::string PrivateTarget(const Person& person) const override { return "/of/" + person.account; }
  MockAnswer Answer(const HttpRequest&, const Caller& caller) override {
    if (caller.person == nullptr) return {.response = {.status = 401}};
    return {.response = {.status = 200, .body = caller.person->account}, .disclosed = {caller.person->account}};
  }
  HttpResponse Trouble(int status) const override { return {.status = status, .body = "trouble"}; }
  Limit UsualLimit(const Caller&) const override { return {.requests = 9, .enforced = false}; }
  void Tell(const Allowance& allowance, HttpResponse& response) const override {
    response.headers.Set("Left", std::to_string(allowance.remaining()));
  }
};

class MockServerAlone : public MockServerTest {
 protected:
  void SetUp() override { Serve(std::make_unique<FakeApi>()); }
};

TEST_F(MockServerAlone, RecordsEveryRequestWithItsOwnerAndFingerprint) {
  Get("/a?b=c", alice_);
  Send("POST", "/d", {{"Authorization", "Bearer of-nobody"}});
  Send("GET", "/e");
  const std::vector<LedgerEntry> ledger = Ledger();
  ASSERT_THAT(ledger, SizeIs(3));
  EXPECT_EQ(ledger[0].method, "GET");
  EXPECT_EQ(ledger[0].target, "/a?b=c");
  EXPECT_EQ(ledger[0].status, 200);
  EXPECT_EQ(ledger[0].owner, "alice-1");
  EXPECT_EQ(ledger[0].fingerprint, alice_.token.Fingerprint());
  EXPECT_THAT(ledger[0].disclosed, ElementsAre("alice-1"));
  EXPECT_EQ(ledger[1].owner, "");
  EXPECT_EQ(ledger[1].fingerprint, Secret("of-nobody").Fingerprint());
  EXPECT_EQ(ledger[2].fingerprint, "");
  EXPECT_EQ(ledger[2].status, 401);
  EXPECT_THAT(ledger[2].disclosed, IsEmpty());
}

TEST_F(MockServerAlone, ObeysNobodyWithoutTheControlToken) {
  EXPECT_EQ(Send("GET", "/_control/status").status, 401);
  EXPECT_EQ(Get("/_control/ledger?since=0", alice_).status, 401);
  EXPECT_EQ(Send("GET", "/_control/status", Basic("x", control_.Reveal())).status, 401);
  EXPECT_EQ(Control("GET", "status").status, 200);
  EXPECT_THAT(Ledger(), IsEmpty());
}

TEST_F(MockServerAlone, DisturbsOneAccountOrAllUntilHealed) {
  EXPECT_EQ(Control("PUT", "disturb", {{"account", "alice-1"}, {"status", 503}}).status, 200);
  EXPECT_EQ(Get("/", alice_).status, 503);
  EXPECT_EQ(Get("/", bob_).status, 200);
  EXPECT_EQ(Control("PUT", "disturb", {{"account", ""}, {"status", 429}}).status, 200);
  EXPECT_EQ(Get("/", bob_).status, 429);
  EXPECT_EQ(Send("GET", "/").status, 429);
  Control("PUT", "disturb", {{"account", ""}, {"status", 0}});
  Control("PUT", "disturb", {{"account", "alice-1"}, {"status", 0}});
  EXPECT_EQ(Get("/", alice_).status, 200);
  EXPECT_EQ(Ledger().front().status, 503);
  EXPECT_THAT(Ledger().front().disclosed, IsEmpty());
}

TEST_F(MockServerAlone, RefusesWhoHasUsedUpTheLimitThatIsSet) {
  EXPECT_EQ(Get("/", alice_).headers.Get("Left"), "8");
  EXPECT_EQ(Control("PUT", "limit", {{"account", "alice-1"}, {"requests", 1}, {"seconds", 600}}).status, 200);
  EXPECT_EQ(Get("/", alice_).headers.Get("Left"), "0");
  const HttpResponse refused = Get("/", alice_);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.Get("Left"), "0");
  EXPECT_EQ(Get("/", bob_).status, 200);
  EXPECT_EQ(Ledger()[2].status, 429);
  EXPECT_THAT(Ledger()[2].disclosed, IsEmpty());
  Control("PUT", "limit", {{"account", "alice-1"}, {"requests", 0}});
  EXPECT_EQ(Get("/", alice_).status, 200);
}

TEST_F(MockServerAlone, SaysWhatIsWrongWithAnOrder) {
  EXPECT_THAT(Control("PUT", "limit", {{"account", ""}, {"requests", 1}, {"seconds", 0}}).body,
              HasSubstr("want one request and one second"));
  EXPECT_THAT(Control("PUT", "limit", {{"account", ""}, {"requests", 1}}).body, HasSubstr("/seconds"));
  EXPECT_THAT(Control("PUT", "disturb", {{"account", ""}, {"status", 200}}).body, HasSubstr("no error: 200"));
  EXPECT_THAT(Control("PUT", "people", {{"people", {{{"account", "x"}}}}}).body, HasSubstr("/token"));
  EXPECT_THAT(Control("GET", "ledger").body, HasSubstr("since when"));
  EXPECT_THAT(Control("PUT", "nonsense", Json::object()).body, HasSubstr("no such control: PUT nonsense"));
  EXPECT_EQ(Control("PUT", "nonsense", Json::object()).status, 400);
}

TEST_F(MockServerAlone, ForgetsWhoWasDropped) {
  EXPECT_EQ(Get("/", alice_).status, 200);
  EXPECT_EQ(Control("DELETE", "people", {{"accounts", {"alice-1"}}}).status, 200);
  EXPECT_EQ(Get("/", alice_).status, 401);
  EXPECT_EQ(Body(Control("GET", "status"))["people"], 1);
}

TEST(PathSegments, AreDecodedOneByOne) {
  EXPECT_THAT(PathSegments({.target = "/repos/a%2Fb/c%20d?x=y"}), ElementsAre("repos", "a/b", "c d"));
  EXPECT_THAT(PathSegments({.target = "/repos/%zz"}), IsEmpty());
  EXPECT_THAT(PathSegments({.target = "/a/"}), ElementsAre("a", ""));
}

TEST(QueryNumber, FallsBackOnWhatIsNoNumber) {
  const std::map<std::string, std::string> query = {{"a", "7"}, {"b", "x"}, {"c", "-1"}, {"d", "500"}};
  EXPECT_EQ(QueryNumber(query, "a", 1, 0, 100), 7);
  EXPECT_EQ(QueryNumber(query, "b", 1, 0, 100), 1);
  EXPECT_EQ(QueryNumber(query, "c", 1, 0, 100), 1);
  EXPECT_EQ(QueryNumber(query, "d", 1, 0, 100), 100);
  EXPECT_EQ(QueryNumber(query, "e", 1, 0, 100), 1);
}

}  // namespace
}  // namespace iff
