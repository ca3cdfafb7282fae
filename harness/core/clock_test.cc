#include "harness/core/clock.h"

#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock;
  EXPECT_EQ(clock.NowSeconds(), 1'800'000'000);
  clock.Advance(1500ms);
  EXPECT_EQ(clock.NowSeconds(), 1'800'000'001);
  EXPECT_EQ(Rfc3339(clock.Now()), "2027-01-15T08:00:01.500Z");
}

TEST(Deadline, IsNeverNegative) {
  const Deadline past = Deadline::In(-1s);
  EXPECT_TRUE(past.Passed());
  EXPECT_EQ(past.Left(), 0ms);
  const Deadline ahead = Deadline::In(1h);
  EXPECT_FALSE(ahead.Passed());
  EXPECT_GT(ahead.Left(), 59min);
}

TEST(Deadline, MayBeTheEndOfTime) {
  const Deadline never(Deadline::SteadyTime::max());
  EXPECT_FALSE(never.Passed());
  EXPECT_GT(never.Left(), 24h);
}

TEST(Eventually, AsksUntilTheAnswerIsYes) {
  int asked = 0;
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return ++asked == 4; }), IsOk());
  EXPECT_EQ(asked, 4);
}

TEST(Eventually, StopsAtAnErrorThatWillNotPass) {
  int asked = 0;
  const auto probe = [&]() -> Result<bool> {
    ++asked;
    return Error(ErrorKind::kSystem, "died");
  };
  EXPECT_THAT(Eventually(Deadline::In(5s), probe), FailsWith(ErrorKind::kSystem, "died"));
  EXPECT_EQ(asked, 1);
}

TEST(Eventually, SaysWhyItWasNotReadyInTime) {
  const auto probe = []() -> Result<bool> { return Error(ErrorKind::kUnavailable, "connection refused"); };
  EXPECT_THAT(Eventually(Deadline::In(5ms), probe), FailsWith(ErrorKind::kTimeout, "connection refused"));
  EXPECT_THAT(Eventually(Deadline::In(0ms), []() -> Result<bool> { return false; }),
              FailsWith(ErrorKind::kTimeout, "not yet"));
}

TEST(Eventually, AsksOnceEvenWhenTheTimeIsUp) {
  EXPECT_THAT(Eventually(Deadline::In(0ms), []() -> Result<bool> { return true; }), IsOk());
}

}  // namespace
}  // namespace iff
