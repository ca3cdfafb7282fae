#include "bench/micro/percentiles.h"

#include <gmock/gmock.h>

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Percentiles UpTo(int most, int64_t batch = 1) {
  Percentiles percentiles(batch);
  for (int i = most; i >= 1; --i) percentiles.Add(i);
  return percentiles;
}

TEST(Percentiles, AreTheSmallestThatSoManyDoNotExceed) {
  Percentiles percentiles = UpTo(100);
  EXPECT_EQ(percentiles.Median(), 50);
  EXPECT_EQ(percentiles.At(0.99), 99);
  EXPECT_EQ(percentiles.At(1), 100);
  EXPECT_EQ(percentiles.At(0), 1);
  EXPECT_EQ(Percentiles().Median(), 0);
}

TEST(Percentiles, AreToldWhereThereAreSamplesEnough) {
  EXPECT_THAT(UpTo(9).Told(), ElementsAre());
  EXPECT_THAT(UpTo(999).Told(), ElementsAre(Pair("p50_us", 500)));
  EXPECT_THAT(UpTo(9'999).Told(), ElementsAre(Pair("p50_us", 5'000), Pair("p90_us", 9'000)));
  EXPECT_THAT(UpTo(10'000).Told(), ElementsAre(Pair("p50_us", 5'000), Pair("p90_us", 9'000), Pair("p99_us", 9'900)));
}

TEST(Percentiles, OfBatchesSaySoAndAreOfACall) {
  EXPECT_THAT(UpTo(10, 20).Told(), ElementsAre(Pair("batch", 20), Pair("batch_p50_us", 0.25)));
}

}  // namespace
}  // namespace iff
