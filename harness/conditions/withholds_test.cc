#include "harness/conditions/withholds.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(Withholds, FailsForAnythingOfSomebodyElse) {
  Observation seen = Saw(Success());
  EXPECT_EQ(VerdictOf(Withholds{}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Withholds{{"alice"}}, seen), Verdict::kPassed);
  seen.others_seen = {"alice.jira.canary"};
  seen.seen_of["alice"] = {"alice.jira.canary"};
  EXPECT_EQ(ReasonOf(Withholds{}, seen), "bob got alice.jira.canary");
  EXPECT_EQ(ReasonOf(Withholds{{"alice"}}, seen), "bob got alice.jira.canary");
  EXPECT_EQ(VerdictOf(Withholds{{"bob"}}, seen), Verdict::kPassed);
  seen.caller = "";
  EXPECT_EQ(ReasonOf(Withholds{}, seen), "somebody without a name got alice.jira.canary");
}

TEST(Withholds, AccusesNobodyWhoGaveNothingAndWasOnlySlow) {
  Observation seen;
  seen.no_response = "no answer within 10s";
  seen.timed_out = true;
  EXPECT_EQ(VerdictOf(Withholds{}, seen), Verdict::kInapplicable);
  EXPECT_EQ(ReasonOf(Withholds{}, seen), "nothing was given, because no answer came: no answer within 10s");
  seen.target_died = true;
  EXPECT_EQ(VerdictOf(Withholds{}, seen), Verdict::kFailed);
}

TEST(Withholds, CannotTellOfARoleThatIsNotThere) {
  EXPECT_EQ(VerdictOf(Withholds{{"mallory"}}, Saw(Success())), Verdict::kErrored);
  EXPECT_EQ(ReasonOf(Withholds{{"mallory"}}, Saw(Success())), "mallory is not in this sandbox");
}

}  // namespace
}  // namespace iff
