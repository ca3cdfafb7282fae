#include "harness/core/histogram.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace iff {
namespace {

constexpr int64_t kMinute = 60'000'000;

// From one microsecond to a minute, each order of magnitude as often as the others.
std::vector<int64_t> Latencies(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(0.0, std::log10(static_cast<double>(kMinute)));
  std::vector<int64_t> samples;
  for (size_t i = 0; i < count; ++i) samples.push_back(static_cast<int64_t>(std::pow(10.0, exponent(random))));
  return samples;
}

Histogram HistogramOf(const std::vector<int64_t>& samples) {
  Histogram histogram;
  for (const int64_t sample : samples) histogram.Record(sample);
  return histogram;
}

// By the definition: the smallest sample that at least `quantile` of all do not exceed.
int64_t ExactQuantile(std::vector<int64_t> samples, double quantile) {
  std::sort(samples.begin(), samples.end());
  const auto rank = static_cast<size_t>(std::ceil(quantile * static_cast<double>(samples.size())));
  return samples[std::max<size_t>(rank, 1) - 1];
}

TEST(Histogram, AnswersQuantilesWithinAFifthOfAPercentAndNeverBelow) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<int64_t> samples = Latencies(seed, 50 * seed);
    const Histogram histogram = HistogramOf(samples);
    for (const double quantile : {0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
      const int64_t exact = ExactQuantile(samples, quantile);
      const int64_t answered = histogram.Quantile(quantile);
      EXPECT_GE(answered, exact) << "seed " << seed << ", quantile " << quantile;
      EXPECT_LE(static_cast<double>(answered - exact), 0.002 * static_cast<double>(exact))
          << "seed " << seed << ", quantile " << quantile;
    }
  }
}

TEST(Histogram, IsExactBelowAMillisecond) {
  Histogram histogram;
  for (int64_t sample = 0; sample < 1000; ++sample) histogram.Record(sample);
  for (int64_t percent = 1; percent <= 100; ++percent) {
    EXPECT_EQ(histogram.Quantile(static_cast<double>(percent) / 100.0), percent * 10 - 1);
  }
}

TEST(Histogram, KeepsCountAndEnds) {
  const Histogram histogram = HistogramOf({250, 17, 4'000'000, 250});
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_EQ(histogram.min(), 17);
  EXPECT_EQ(histogram.max(), 4'000'000);
  EXPECT_EQ(histogram.Quantile(1.0), 4'000'000) << "no quantile exceeds the largest sample";
}

TEST(Histogram, MergesAsIfOneHadSeenEverything) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::vector<int64_t> here = Latencies(seed, 300);
    const std::vector<int64_t> there = Latencies(seed + 100, 100 * (seed - 1));  // once from an empty one
    std::vector<int64_t> all = here;
    all.insert(all.end(), there.begin(), there.end());
    Histogram forwards = HistogramOf(here);
    forwards.Add(HistogramOf(there));
    Histogram backwards = HistogramOf(there);
    backwards.Add(HistogramOf(here));
    EXPECT_EQ(forwards.ToJson(), HistogramOf(all).ToJson());
    EXPECT_EQ(backwards.ToJson(), forwards.ToJson());
  }
}

TEST(Histogram, CountsWhatIsLongerThanAMinuteAsOne) {
  const Histogram histogram = HistogramOf({10 * kMinute, 20 * kMinute});
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.5)), static_cast<double>(kMinute), 0.002 * kMinute);
}

TEST(Histogram, HasNothingToSayWithoutSamples) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  EXPECT_EQ(histogram.ToJson().at("buckets"), Json::array());
}

TEST(Histogram, StoresEveryBucketThatHoldsSomething) {
  const std::vector<int64_t> samples = Latencies(7, 500);
  const Json stored = HistogramOf(samples).ToJson();
  int64_t counted = 0;
  int64_t previous = -1;
  for (const Json& bucket : stored.at("buckets")) {
    EXPECT_GT(bucket.at(0).get<int64_t>(), previous) << "upper ends rise";
    previous = bucket.at(0).get<int64_t>();
    counted += bucket.at(1).get<int64_t>();
  }
  EXPECT_EQ(counted, 500);
  EXPECT_EQ(stored.at("count"), 500);
  EXPECT_EQ(stored.at("min_us"), ExactQuantile(samples, 0.0));
  EXPECT_EQ(stored.at("max_us"), ExactQuantile(samples, 1.0));
}

TEST(Histogram, IsReadBackAsItWasStored) {
  const Histogram histogram = HistogramOf(Latencies(11, 700));
  const Result<Histogram> read = Histogram::FromJson(histogram.ToJson());
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read->ToJson(), histogram.ToJson());
  EXPECT_EQ(read->mean(), histogram.mean());
  const Histogram longest = HistogramOf({10 * kMinute});
  ASSERT_TRUE(Histogram::FromJson(longest.ToJson()).ok());
}

TEST(Histogram, RefusesToReadWhatItDidNotWrite) {
  const Json good = HistogramOf({5, 5000, 70'000}).ToJson();
  for (const char* member : {"count", "min_us", "max_us", "buckets"}) {
    Json bad = good;
    bad.erase(member);
    EXPECT_FALSE(Histogram::FromJson(bad).ok()) << member;
  }
  Json wrong_sum = good;
  wrong_sum["count"] = 4;
  EXPECT_FALSE(Histogram::FromJson(wrong_sum).ok());
  Json between = good;
  between["buckets"][1][0] = between["buckets"][1][0].get<int64_t>() + 1;
  EXPECT_FALSE(Histogram::FromJson(between).ok());
}

TEST(Histogram, HasAMeanThatAddsUp) {
  const Histogram histogram = HistogramOf({100, 200, 900});
  EXPECT_EQ(histogram.sum(), 1200);
  EXPECT_EQ(histogram.mean(), 400.0);
}

}  // namespace
}  // namespace iff
