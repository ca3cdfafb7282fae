#include "harness/conditions/within.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(Within, ComparesTheTimeOfAnAnswer) {
  Observation seen = Saw(Success());
  seen.took = std::chrono::milliseconds(20);
  EXPECT_EQ(VerdictOf(Within{std::chrono::milliseconds(20)}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(Within{std::chrono::milliseconds(19)}, seen), "expected an answer within 19 ms, saw 20 ms");
}

}  // namespace
}  // namespace iff
