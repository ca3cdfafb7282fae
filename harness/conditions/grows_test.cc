#include "harness/conditions/grows.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(CountGrows, ComparesTheDifference) {
  Observation seen = Saw(Success());
  seen.growth["vault.leases"] = 2;
  EXPECT_EQ(VerdictOf(CountGrows{"vault", "leases", 2}, seen), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(CountGrows{"vault", "leases", 1}, seen), "expected vault.leases grows by at most 1, saw 2");
  EXPECT_EQ(ReasonOf(CountGrows{"vault", "tokens", 1}, seen), "nothing called vault.tokens is counted");
  seen.CannotObserve({Place::kCounts, "vault", "sealed"});
  EXPECT_EQ(ReasonOf(CountGrows{"vault", "leases", 2}, seen), "could not count: sealed");
  EXPECT_EQ(VerdictOf(CountGrows{"vault", "leases", 2}, seen), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
