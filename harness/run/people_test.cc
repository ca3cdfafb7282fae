#include "harness/run/people.h"

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

TEST(PeoplePool, HandsOutWhoWasReturnedAndToNobodyElseMeanwhile) {
  PeoplePool pool;
  EXPECT_FALSE(pool.Take(Alice())) << "nobody is there";
  const Subject made = Alice();
  pool.Return(pool.Admit(made));
  const auto taken = pool.Take(Alice());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->subject.id, made.id);
  EXPECT_FALSE(pool.Take(Alice())) << "two scenarios would have the same person";
  EXPECT_THAT(pool.TakeSpent(), IsEmpty());
}

TEST(PeoplePool, HandsOutOnlySomebodyOfTheSameRoleGroupsAndHoldings) {
  PeoplePool pool;
  pool.Return(pool.Admit(Alice()));
  EXPECT_FALSE(pool.Take(MakePrincipal("bob", {"user"}, {"jira"})));
  EXPECT_FALSE(pool.Take(MakePrincipal("alice", {"user", "developer"}, {"jira"})));
  EXPECT_FALSE(pool.Take(MakePrincipal("alice", {"user"}, {})));
  EXPECT_FALSE(pool.Take(MakePrincipal("alice", {"user"}, {"github", "jira"})));
  EXPECT_TRUE(pool.Take(Alice()));
}

TEST(PeoplePool, KeepsNobodyTooLongAndNotTooMany) {
  PeoplePool forgetful(seconds(0));
  forgetful.Return(forgetful.Admit(Alice()));
  EXPECT_FALSE(forgetful.Take(Alice()));
  EXPECT_THAT(forgetful.TakeSpent(), SizeIs(1));
  EXPECT_THAT(forgetful.TakeSpent(), IsEmpty()) << "told once";
  PeoplePool small(seconds(600), 1);
  small.Return(small.Admit(Alice()));
  small.Return(small.Admit(Alice()));
  EXPECT_THAT(small.TakeSpent(), SizeIs(1));
}

TEST(PeoplePool, ForgetsEverybodyAndWhoeverIsOutJustThen) {
  PeoplePool pool;
  pool.Return(pool.Admit(Alice()));
  PeoplePool::Person out = pool.Admit(Alice());
  pool.Dismiss();
  EXPECT_FALSE(pool.Take(Alice()));
  pool.Return(std::move(out));
  EXPECT_FALSE(pool.Take(Alice()));
  EXPECT_THAT(pool.TakeSpent(), SizeIs(2));
}

// Stages on the fakes, one after the other.
class SharedPeopleTest : public testing::Test {
 protected:
  SharedPeopleTest() { rig_.ground().people = &pool_; }

  // The one who stands on a stage; returned unharmed if so.
  Subject Stand(
      bool unharmed, const std::function<void(Stage&)>& act = [](Stage&) {}, const Scenario& scenario = Honest()) {
    const auto stage = Stage::Set(rig_.ground(), scenario, {}, Stage::People::kShared).value();
    const Subject alice = *stage->FindSubject("alice");
    act(*stage);
    if (unharmed) stage->PeopleAreUnharmed();
    return alice;
  }

  std::string LoginOf(Stage& stage, const std::string& name, const std::vector<std::string>& scopes = {"read"}) {
    EXPECT_TRUE(stage.Obtain(name, "alice", scopes, "").ok());
    return stage.FindCredential(name)->value.Reveal();
  }

  RunRig rig_;
  PeoplePool pool_;
};

TEST_F(SharedPeopleTest, WhoWasLeftAsTheyWereStandsOnTheNextStage) {
  const Subject first = Stand(true);
  EXPECT_EQ(Stand(true).id, first.id);
  EXPECT_EQ(Stand(false).id, first.id);
  EXPECT_NE(Stand(true).id, first.id) << "nobody knows what became of her";
}

TEST_F(SharedPeopleTest, TwoStagesNeverHaveTheSamePerson) {
  const Subject first = Stand(true);
  Stand(true, [&](Stage& stage) {
    EXPECT_EQ(stage.FindSubject("alice")->id, first.id);
    EXPECT_NE(Stand(true).id, first.id);
  });
}

TEST_F(SharedPeopleTest, AStageOfItsOwnTakesNobodyAndGivesNobodyBack) {
  const Subject first = Stand(true);
  {
    const auto stage = Stage::Set(rig_.ground(), Honest(), {}, Stage::People::kOwn).value();
    EXPECT_NE(stage->FindSubject("alice")->id, first.id);
    stage->PeopleAreUnharmed();
  }
  EXPECT_EQ(Stand(true).id, first.id);
}

TEST_F(SharedPeopleTest, ALoginIsPresentedOnceAStage) {
  std::string first;
  std::string second;
  Stand(true, [&](Stage& stage) { first = LoginOf(stage, "one"); });
  Stand(true, [&](Stage& stage) {
    EXPECT_EQ(LoginOf(stage, "one"), first);
    second = LoginOf(stage, "two");
    EXPECT_NE(second, first) << "the scenario wants two";
    EXPECT_NE(LoginOf(stage, "three", {"read", "write"}), first) << "of other scopes";
  });
  Stand(true, [&](Stage& stage) {
    EXPECT_EQ(LoginOf(stage, "one"), first);
    EXPECT_EQ(LoginOf(stage, "two"), second);
  });
}

TEST_F(SharedPeopleTest, AScenarioThatMintsLogsInAnew) {
  std::string first;
  Stand(true, [&](Stage& stage) { first = LoginOf(stage, "one"); });
  Scenario mints = Honest();
  mints.steps.push_back({.action = MintStep{.name = "late", .from = "alice", .change = {{"exp", "+5s"}}}});
  Stand(true, [&](Stage& stage) { EXPECT_NE(LoginOf(stage, "one"), first); }, mints);
  Scenario attacks = Honest();
  attacks.steps.push_back({.action = AttackStep{.attack = "alg-none", .from = "alice", .operation = "read_own"}});
  Stand(true, [&](Stage& stage) { EXPECT_NE(LoginOf(stage, "one"), first); }, attacks);
  Stand(true, [&](Stage& stage) { EXPECT_EQ(LoginOf(stage, "one"), first); });
}

TEST_F(SharedPeopleTest, ALoginThatHasLostATenthOfItsLifeIsNotPresentedAgain) {
  std::string first;
  Stand(true, [&](Stage& stage) { first = LoginOf(stage, "one"); });
  rig_.clock.Advance(seconds(rig_.world.lifetime / 10));
  Stand(true, [&](Stage& stage) { EXPECT_EQ(LoginOf(stage, "one"), first); });
  rig_.clock.Advance(seconds(1));
  Stand(true, [&](Stage& stage) { EXPECT_NE(LoginOf(stage, "one"), first); });
}

TEST(PeoplePool, KnowsWhoElseWasEverThere) {
  PeoplePool pool;
  const Principal alice{.role = "alice", .id = "1"};
  const Principal bob{.role = "bob", .id = "2"};
  pool.Note({alice, bob});
  pool.Note({alice});
  pool.Dismiss();
  const auto ids = [&](const std::vector<Subject>& own) {
    std::vector<std::string> all;
    for (const Subject& other : pool.Others(own)) all.push_back(other.id);
    return all;
  };
  EXPECT_EQ(ids({alice}), std::vector<std::string>{bob.id});
  EXPECT_EQ(ids({alice, bob}), std::vector<std::string>{});
  EXPECT_EQ(ids({}).size(), 2U);
}

TEST_F(SharedPeopleTest, ATraceTellsALoginFromOneOfBefore) {
  const auto title = [](Stage& stage) { return stage.TakeTrace().exchanges.at(0).title; };
  Stand(true, [&](Stage& stage) {
    LoginOf(stage, "one");
    EXPECT_EQ(title(stage), "alice logs in");
  });
  Stand(true, [&](Stage& stage) {
    LoginOf(stage, "one");
    EXPECT_EQ(title(stage), "alice logged in for an earlier scenario");
  });
}

}  // namespace
}  // namespace iff
