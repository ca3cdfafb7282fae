#include "harness/conditions/tally.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(Tally, CountsAnswersOfOneKind) {
  Observation seen = Saw(Success());
  seen.tally = {{"succeeded", 5}, {"429", 3}};
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .exactly = 5}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "429", .at_least = 3, .at_most = 3}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "503", .at_most = 0}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(Tally{.what = "succeeded", .exactly = 6}, seen),
            "expected 6 answers: succeeded, saw 3 429, 5 succeeded");
  EXPECT_EQ(VerdictOf(Tally{.what = "503", .at_least = 1}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded"}, seen), Verdict::kErrored);
}

TEST(Tally, CannotTellWhereTheUnansweredCouldHaveMadeTheDifference) {
  Observation seen = Saw(Success());
  seen.tally = {{"silent", 2}, {"succeeded", 5}};
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .at_most = 7}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .at_least = 5}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Tally{.what = "silent", .exactly = 2}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(Tally{.what = "succeeded", .exactly = 5}, seen), "2 were not answered at all");
  EXPECT_EQ(VerdictOf(Tally{.what = "succeeded", .at_most = 6}, seen), Verdict::kErrored);
  EXPECT_EQ(VerdictOf(Tally{.what = "429", .at_most = 1}, seen), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
