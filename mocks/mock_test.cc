#include "mocks/mock.h"

#include <gtest/gtest.h>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/environment/capabilities.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Product {
  std::string upstream = {};
  std::string program = {};
};

// The programs as a run starts them. The parameter is the upstream.
class MockTest : public ::testing::TestWithParam<Product> {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<ProcessLauncher>> launcher = ProcessLauncher::Start({});
    ASSERT_THAT(launcher, IsOk());
    launcher_ = std::move(launcher).value();
    Result<HeldPort> port = HeldPort::Acquire();
    ASSERT_THAT(port, IsOk());
    port_ = std::make_unique<HeldPort>(std::move(port).value());
    const Json options = {{"upstream", GetParam().upstream}};
    const std::map<std::string, Outputs> peers;
    const Keyring keys;
    const StartContext context{*launcher_, "mock", port_.get(), options, peers, keys, "", [](std::string_view) {}};
    Result<std::unique_ptr<Component>> started = MockDriver("mock", GetParam().program).start(context);
    ASSERT_THAT(started, IsOk());
    mock_ = std::move(started).value();
  }

  template <class T>
  T& As() {
    return dynamic_cast<T&>(*mock_);
  }

  Principal Person(const std::string& role, const std::string& tag) {
    Principal person = {.persona = role, .tag = tag, .id = RandomUuid()};
    person.accounts[GetParam().upstream] = {
        .upstream = GetParam().upstream, .login = role + "-1", .token = Secret::Random(), .canary = "canary-" + tag};
    return person;
  }

  std::unique_ptr<ProcessLauncher> launcher_;
  std::unique_ptr<HeldPort> port_;
  std::unique_ptr<Component> mock_;
};

INSTANTIATE_TEST_SUITE_P(Mocks, MockTest,
                         ::testing::Values(Product{"jira", IFF_MOCK_JIRA}, Product{"github", IFF_MOCK_GITHUB}),
                         [](const auto& each) { return each.param.upstream; });

TEST_P(MockTest, KnowsThePeopleItIsTold) {
  const Principal alice = Person("alice", "KA");
  const Principal bob = Person("bob", "KB");
  Principal mallory = Person("mallory", "KM");
  mallory.accounts.clear();
  ASSERT_THAT(As<PrincipalRegistry>().Add({alice, bob, mallory}), IsOk());
  // Their own things, and another's that is hidden.
  EXPECT_THAT(As<PrincipalRegistry>().Verify({alice, bob, mallory}), IsOkAndHolds(4U));
  ASSERT_THAT(As<PrincipalRegistry>().Remove({bob}), IsOk());
  EXPECT_THAT(As<PrincipalRegistry>().Verify({bob}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("it was not added")));
  EXPECT_THAT(As<PrincipalRegistry>().Verify({alice}), IsOkAndHolds(1U));
}

TEST_P(MockTest, TellsItsLedgerSinceAMark) {
  const Principal alice = Person("alice", "KA");
  ASSERT_THAT(As<PrincipalRegistry>().Add({alice}), IsOk());
  ASSERT_THAT(As<PrincipalRegistry>().Verify({alice}), IsOk());
  const Result<uint64_t> mark = As<CallLedger>().Mark();
  ASSERT_THAT(mark, IsOkAndHolds(1U));
  ASSERT_THAT(As<PrincipalRegistry>().Verify({alice}), IsOk());
  const auto calls = As<CallLedger>().Since(*mark);
  ASSERT_THAT(calls, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(calls->front().owner, "alice-1");
  EXPECT_EQ(calls->front().fingerprint, alice.accounts.at(GetParam().upstream).token.Fingerprint());
}

TEST_P(MockTest, CanBeDisturbedAndHealed) {
  const Principal alice = Person("alice", "KA");
  ASSERT_THAT(As<PrincipalRegistry>().Add({alice}), IsOk());
  ASSERT_THAT(As<CallLedger>().Disturb("alice-1", 503), IsOk());
  EXPECT_THAT(As<PrincipalRegistry>().Verify({alice}), FailsWith(ErrorKind::kProtocol, HasSubstr(": 503")));
  ASSERT_THAT(As<CallLedger>().Disturb("alice-1", 0), IsOk());
  EXPECT_THAT(As<PrincipalRegistry>().Verify({alice}), IsOk());
  EXPECT_THAT(As<CallLedger>().Disturb("", 200), FailsWith(ErrorKind::kRefused, HasSubstr("no error: 200")));
}

TEST_P(MockTest, TellsItsAddressAndThatItLives) {
  EXPECT_EQ(mock_->outputs().at("address").value, port_->endpoint().Url());
  EXPECT_THAT(mock_->Check(), IsOk());
  EXPECT_THAT(mock_->LogTail(5), HasSubstr("listening on"));
}

TEST(MockDriver, TakesNothingButAnUpstream) {
  const Driver driver = MockDriver("mock-jira", "");
  EXPECT_EQ(driver.name, "mock-jira");
  EXPECT_EQ(driver.upstream({{"upstream", "jira"}}), "jira");
  EXPECT_THAT(driver.outputs({{"upstream", "jira"}, {"port", 1}}, {}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("nothing else")));
}

}  // namespace
}  // namespace iff
