#include "bench/load/pacing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace iff {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMillisecond;

// One server that takes `work` for each call and stands still in [stall, stall + pause), and callers on so
// many connections, on a clock of its own.
Samples Simulate(double rate, int64_t work, size_t connections, int64_t stall, int64_t pause) {
  const int64_t end = 20 * kSecond;
  Pacing pacing(rate, 0, end);
  Samples samples;
  int64_t server_free = 0;
  std::vector<int64_t> free_at(connections, 0);
  while (pacing.NextDue() != Pacing::kNever || pacing.waiting()) {
    if (!pacing.waiting()) pacing.Notice(pacing.NextDue());
    const auto connection = std::min_element(free_at.begin(), free_at.end());
    const int64_t due = pacing.Take();
    const int64_t sent = std::max(due, *connection);
    int64_t begins = std::max(sent, server_free);
    if (begins + work > stall && begins < stall + pause) begins = stall + pause;
    server_free = begins + work;
    *connection = server_free;
    samples.Record(due, sent, server_free, 0);
  }
  return samples;
}

TEST(Pacing, ArrivesEvenlyWhateverHappens) {
  Pacing pacing(1000, 0, kSecond);
  EXPECT_EQ(pacing.NextDue(), 0);
  pacing.Notice(10 * kMillisecond);
  EXPECT_EQ(pacing.arrived(), 11);
  EXPECT_EQ(pacing.NextDue(), 11 * kMillisecond);
  for (int64_t due = 0; due <= 10 * kMillisecond; due += kMillisecond) EXPECT_EQ(pacing.Take(), due);
  EXPECT_FALSE(pacing.waiting());
  pacing.Notice(5 * kSecond);
  EXPECT_EQ(pacing.arrived(), 1000) << "nobody arrives after the end";
  EXPECT_EQ(pacing.NextDue(), Pacing::kNever);
}

TEST(Pacing, CountsAsLateWhatTheDriverNoticedLate) {
  Pacing pacing(1000, 0, kSecond);
  for (int64_t now = 0; now < 500 * kMillisecond; now += kMillisecond) pacing.Notice(now);
  EXPECT_EQ(pacing.late(), 0);
  pacing.Notice(600 * kMillisecond);  // it slept for a tenth of a second
  EXPECT_EQ(pacing.late(), 99) << "all that were due meanwhile but the last two";
}

TEST(Samples, ShowAStallOfOneSecondInTheP99OfTheOpenModel) {
  const Samples quiet = Simulate(1000, 200'000, 64, 0, 0);
  EXPECT_LT(quiet.response.Quantile(0.99), 1000) << "microseconds";
  const Samples stalled = Simulate(1000, 200'000, 64, 10 * kSecond, kSecond);
  EXPECT_GT(stalled.response.Quantile(0.99), 500'000);
  EXPECT_LT(stalled.response.Quantile(0.5), 1000) << "the median does not notice";
  // On few connections most of those who waited were not even sent: only the response time tells.
  const Samples narrow = Simulate(1000, 200'000, 1, 10 * kSecond, kSecond);
  EXPECT_GT(narrow.response.Quantile(0.99), 500'000);
  EXPECT_LT(narrow.service.Quantile(0.99), 1000) << "which is what a closed loop would have said";
}

TEST(Samples, MeasureTheSameThingTwice) {
  const Samples samples = Simulate(1000, 200'000, 8, 0, 0);
  EXPECT_EQ(samples.halves[0].count() + samples.halves[1].count(), samples.response.count());
  EXPECT_NEAR(samples.Noise(), 0, 0.01);
  Samples noisy;
  for (int64_t i = 0; i < 4000; ++i) {
    const int64_t due = i * kMillisecond;
    const bool odd = due / (50 * kMillisecond) % 2 == 1;
    noisy.Record(due, due, due + (odd ? 120 : 100) * 1000, 0);
  }
  EXPECT_NEAR(noisy.Noise(), 0.2, 0.001);
  EXPECT_TRUE(std::isnan(Samples().Noise()));
}

TEST(Samples, AreAddedUp) {
  Samples all = Simulate(100, 1000, 1, 0, 0);
  const int64_t count = all.response.count();
  all.Add(Simulate(50, 1000, 1, 0, 0));
  EXPECT_EQ(all.response.count(), count + 1000);
  EXPECT_EQ(all.halves[0].count() + all.halves[1].count(), count + 1000);
}

}  // namespace
}  // namespace iff
