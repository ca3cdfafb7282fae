#include "harness/conditions/says.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(AnswerSays, LooksIntoTheTextAsItTravelledAndAsItReads) {
  EXPECT_EQ(VerdictOf(AnswerSays{"fine"}, Saw(Success())), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(AnswerSays{"worse"}, Saw(Success())), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(SilentAbout{"worse"}, Saw(Success())), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(SilentAbout{"fine"}, Saw(Success())), "expected the answer does not say 'fine', saw it does");
  EXPECT_EQ(VerdictOf(SilentAbout{"say \"hi\""}, Saw(Success("say \"hi\""))), Verdict::kFailed);
}

}  // namespace
}  // namespace iff
