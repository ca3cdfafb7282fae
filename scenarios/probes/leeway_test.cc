#include "scenarios/probes/leeway.h"

#include <gmock/gmock.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::HasSubstr;

TEST(MeasureLeeway, FindsEveryLeewayToTheSecond) {
  for (const int64_t leeway : {-5, -1, 0, 1, 2, 3, 29, 30, 31, 59, 60, 61, 119, 120, 149, 150, 151, 300, 599, 600}) {
    int asked = 0;
    const auto takes = [&](int64_t ago) -> Result<bool> {
      ++asked;
      return ago < leeway;
    };
    EXPECT_THAT(MeasureLeeway(takes, 600), IsOkAndHolds(leeway));
    EXPECT_LE(asked, 24) << leeway;
  }
}

TEST(MeasureLeeway, SaysWhenItIsMoreThanAsked) {
  EXPECT_THAT(MeasureLeeway([](int64_t) -> Result<bool> { return true; }, 600), IsOkAndHolds(601));
}

TEST(MeasureLeeway, RefusesToMeasureWhatTakesNothing) {
  EXPECT_THAT(MeasureLeeway([](int64_t) -> Result<bool> { return false; }, 600),
              FailsWith(ErrorKind::kRefused, HasSubstr("not even")));
}

TEST(MeasureLeeway, HandsOnWhatWentWrong) {
  const auto takes = [](int64_t ago) -> Result<bool> {
    if (ago > 3) return Error(ErrorKind::kUnavailable, "gone");
    return true;
  };
  EXPECT_THAT(MeasureLeeway(takes, 600), FailsWith(ErrorKind::kUnavailable, HasSubstr("gone")));
}

TEST(WithinOneSecond, AsksAgainWhenTheSecondWentByMeanwhile) {
  ManualClock clock;
  int asked = 0;
  const Result<bool> answer = WithinOneSecond(clock, [&](int64_t) -> Result<bool> {
    if (++asked < 3) clock.Advance(1500ms);
    return asked == 3;
  });
  EXPECT_THAT(answer, IsOkAndHolds(true));
  EXPECT_EQ(asked, 3);
}

TEST(WithinOneSecond, GivesUpOnSomebodySlow) {
  ManualClock clock;
  const Result<bool> answer = WithinOneSecond(clock, [&](int64_t) -> Result<bool> {
    clock.Advance(1000ms);
    return true;
  });
  EXPECT_THAT(answer, FailsWith(ErrorKind::kTimeout, HasSubstr("60 times")));
}

}  // namespace
}  // namespace iff
