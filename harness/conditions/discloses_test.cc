#include "harness/conditions/discloses.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(Discloses, NeedsTheCanaryOfEveryRole) {
  const Observation both = Saw(Success("canary-alice canary-bob"));
  EXPECT_EQ(VerdictOf(Discloses{{"alice", "bob"}}, both), Verdict::kPassed);
  const Observation one = Saw(Success("canary-alice"));
  EXPECT_EQ(ReasonOf(Discloses{{"alice", "bob"}}, one),
            "expected the answer holds what is private to alice, bob, saw nothing of bob in it (HTTP 200, a result)");
}

TEST(Discloses, CannotTellOfARoleThatHasNothingThere) {
  EXPECT_EQ(ReasonOf(Discloses{{"carol"}}, Saw(Success())), "carol has nothing at jira that could be seen");
  EXPECT_EQ(VerdictOf(Discloses{{"carol"}}, Saw(Success())), Verdict::kErrored);
  EXPECT_EQ(VerdictOf(Discloses{}, Saw(Success())), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
