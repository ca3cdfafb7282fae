#include "harness/run/principal_pool.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/core/bytes.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As provisioning leaves her.
Principal Alice() {
  Principal alice = MakePrincipal("alice", {"user"}, {"jira"});
  alice.id = RandomUuid();
  return alice;
}

TEST(PrincipalPool, HandsOutWhoWasReturnedAndToNobodyElseMeanwhile) {
  PrincipalPool pool;
  EXPECT_FALSE(pool.Take(Alice())) << "nobody is there";
  const Principal made = Alice();
  pool.Return(pool.Admit(made));
  const auto taken = pool.Take(Alice());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->principal.id, made.id);
  EXPECT_FALSE(pool.Take(Alice())) << "two scenarios would have the same person";
  EXPECT_THAT(pool.TakeSpent(), IsEmpty());
}

TEST(PrincipalPool, HandsOutOnlySomebodyOfTheSameRoleGroupsAndHoldings) {
  PrincipalPool pool;
  pool.Return(pool.Admit(Alice()));
  EXPECT_FALSE(pool.Take(MakePrincipal("bob", {"user"}, {"jira"})));
  EXPECT_FALSE(pool.Take(MakePrincipal("alice", {"user", "developer"}, {"jira"})));
  EXPECT_FALSE(pool.Take(MakePrincipal("alice", {"user"}, {})));
  EXPECT_FALSE(pool.Take(MakePrincipal("alice", {"user"}, {"github", "jira"})));
  EXPECT_TRUE(pool.Take(Alice()));
}

TEST(PrincipalPool, KeepsNobodyTooLongAndNotTooMany) {
  PrincipalPool forgetful(seconds(0));
  forgetful.Return(forgetful.Admit(Alice()));
  EXPECT_FALSE(forgetful.Take(Alice()));
  EXPECT_THAT(forgetful.TakeSpent(), SizeIs(1));
  EXPECT_THAT(forgetful.TakeSpent(), IsEmpty()) << "told once";
  PrincipalPool small(seconds(600), 1);
  small.Return(small.Admit(Alice()));
  small.Return(small.Admit(Alice()));
  EXPECT_THAT(small.TakeSpent(), SizeIs(1));
}

TEST(PrincipalPool, ForgetsEverybodyAndWhoeverIsOutJustThen) {
  PrincipalPool pool;
  pool.Return(pool.Admit(Alice()));
  PrincipalPool::Person out = pool.Admit(Alice());
  pool.Dismiss();
  EXPECT_FALSE(pool.Take(Alice()));
  pool.Return(std::move(out));
  EXPECT_FALSE(pool.Take(Alice()));
  EXPECT_THAT(pool.TakeSpent(), SizeIs(2));
}

// Sandboxes on the fakes, one after the other.
class SharedPeopleTest : public testing::Test {
 protected:
  SharedPeopleTest() { rig_.context().people = &pool_; }

  // The one who stands in a sandbox; returned unharmed if so.
  Principal Stand(
      bool unharmed, const std::function<void(Sandbox&)>& act = [](Sandbox&) {}, const Scenario& scenario = Honest()) {
    const auto sandbox = Sandbox::Set(rig_.context(), scenario, {}, Sandbox::People::kShared).value();
    const Principal alice = *sandbox->principals().Find("alice");
    act(*sandbox);
    if (unharmed) sandbox->PeopleAreUnharmed();
    return alice;
  }

  std::string LoginOf(Sandbox& sandbox, const std::string& name, const std::vector<std::string>& scopes = {"read"}) {
    EXPECT_TRUE(sandbox.principals().Obtain(name, "alice", scopes, "").ok());
    return sandbox.principals().FindCredential(name)->value.Reveal();
  }

  RunRig rig_;
  PrincipalPool pool_;
};

TEST_F(SharedPeopleTest, WhoWasLeftAsTheyWereStandsOnTheNextSandbox) {
  const Principal first = Stand(true);
  EXPECT_EQ(Stand(true).id, first.id);
  EXPECT_EQ(Stand(false).id, first.id);
  EXPECT_NE(Stand(true).id, first.id) << "nobody knows what became of her";
}

TEST(PrincipalPool, KeepsThoseFromAServerThatMetThem) {
  PrincipalPool pool;
  const Principal alice = MakePrincipal("alice", {}, {});
  pool.Return(pool.Admit(alice));
  EXPECT_FALSE(pool.Take(alice, {alice.tag}));
  EXPECT_TRUE(pool.Take(alice, {"another"}));
}

TEST_F(SharedPeopleTest, TwoSandboxsNeverHaveTheSamePerson) {
  const Principal first = Stand(true);
  Stand(true, [&](Sandbox& sandbox) {
    EXPECT_EQ(sandbox.principals().Find("alice")->id, first.id);
    EXPECT_NE(Stand(true).id, first.id);
  });
}

TEST_F(SharedPeopleTest, ASandboxOfItsOwnTakesNobodyAndGivesNobodyBack) {
  const Principal first = Stand(true);
  {
    const auto sandbox = Sandbox::Set(rig_.context(), Honest(), {}, Sandbox::People::kOwn).value();
    EXPECT_NE(sandbox->principals().Find("alice")->id, first.id);
    sandbox->PeopleAreUnharmed();
  }
  EXPECT_EQ(Stand(true).id, first.id);
}

TEST_F(SharedPeopleTest, ALoginIsPresentedOnceASandbox) {
  std::string first;
  std::string second;
  Stand(true, [&](Sandbox& sandbox) { first = LoginOf(sandbox, "one"); });
  Stand(true, [&](Sandbox& sandbox) {
    EXPECT_EQ(LoginOf(sandbox, "one"), first);
    second = LoginOf(sandbox, "two");
    EXPECT_NE(second, first) << "the scenario wants two";
    EXPECT_NE(LoginOf(sandbox, "three", {"read", "write"}), first) << "of other scopes";
  });
  Stand(true, [&](Sandbox& sandbox) {
    EXPECT_EQ(LoginOf(sandbox, "one"), first);
    EXPECT_EQ(LoginOf(sandbox, "two"), second);
  });
}

TEST_F(SharedPeopleTest, AScenarioThatMintsLogsInAnew) {
  std::string first;
  Stand(true, [&](Sandbox& sandbox) { first = LoginOf(sandbox, "one"); });
  Scenario mints = Honest();
  mints.steps.push_back({.action = MintStep{.name = "late", .from = "alice", .change = {{"exp", "+5s"}}}});
  Stand(true, [&](Sandbox& sandbox) { EXPECT_NE(LoginOf(sandbox, "one"), first); }, mints);
  Scenario attacks = Honest();
  attacks.steps.push_back({.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"}});
  Stand(true, [&](Sandbox& sandbox) { EXPECT_NE(LoginOf(sandbox, "one"), first); }, attacks);
  Stand(true, [&](Sandbox& sandbox) { EXPECT_EQ(LoginOf(sandbox, "one"), first); });
}

TEST_F(SharedPeopleTest, ALoginThatHasLostATenthOfItsLifeIsNotPresentedAgain) {
  std::string first;
  Stand(true, [&](Sandbox& sandbox) { first = LoginOf(sandbox, "one"); });
  rig_.clock.Advance(seconds(rig_.world.lifetime / 10));
  Stand(true, [&](Sandbox& sandbox) { EXPECT_EQ(LoginOf(sandbox, "one"), first); });
  rig_.clock.Advance(seconds(1));
  Stand(true, [&](Sandbox& sandbox) { EXPECT_NE(LoginOf(sandbox, "one"), first); });
}

TEST(PrincipalPool, KnowsWhoElseWasEverThere) {
  PrincipalPool pool;
  const Principal alice{.persona = "alice", .id = "1"};
  const Principal bob{.persona = "bob", .id = "2"};
  pool.Note({alice, bob});
  pool.Note({alice});
  pool.Dismiss();
  const auto ids = [&](const std::vector<Principal>& own) {
    std::vector<std::string> all;
    for (const Principal& other : pool.Others(own)) all.push_back(other.id);
    return all;
  };
  EXPECT_EQ(ids({alice}), std::vector<std::string>{bob.id});
  EXPECT_EQ(ids({alice, bob}), std::vector<std::string>{});
  EXPECT_EQ(ids({}).size(), 2U);
}

TEST_F(SharedPeopleTest, ATraceTellsALoginFromOneOfBefore) {
  const auto title = [](Sandbox& sandbox) { return sandbox.trace().Take().exchanges.at(0).title; };
  Stand(true, [&](Sandbox& sandbox) {
    LoginOf(sandbox, "one");
    EXPECT_EQ(title(sandbox), "alice logs in");
  });
  Stand(true, [&](Sandbox& sandbox) {
    LoginOf(sandbox, "one");
    EXPECT_EQ(title(sandbox), "alice logged in for an earlier scenario");
  });
}

}  // namespace
}  // namespace iff
