#include "bench/load/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <utility>

namespace iff {
namespace {

constexpr double kNinetyNinePercent = 2.326;  // of a normal distribution, one-sided
constexpr int kResamples = 1000;

double Share(double log_ratio) { return std::exp(log_ratio) - 1; }

std::vector<double> Draw(const std::vector<double>& from, size_t count, std::mt19937_64& random) {
  std::vector<double> drawn(count);
  // Not a library distribution: those differ from one library to the next.
  for (double& one : drawn) one = from[random() % from.size()];
  return drawn;
}

Shift CompareLogRatios(const std::vector<double>& log_ratios, double limit, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> medians;
  for (int i = 0; i < kResamples; ++i) {
    std::vector<double> drawn = Draw(log_ratios, log_ratios.size(), random);
    medians.push_back(MedianOf(std::move(drawn)));
  }
  std::sort(medians.begin(), medians.end());
  return {.estimate = Share(MedianOf(log_ratios)),
          .low = Share(medians[kResamples / 40]),
          .high = Share(medians[kResamples - 1 - kResamples / 40]),
          .limit = limit};
}

}  // namespace

double MedianOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Shift CompareCounts(double before, double after, double limit) {
  const double share = before > 0 ? (after - before) / before : 0;
  return {.estimate = share, .low = share, .high = share, .limit = limit};
}

double Quad::LogRatio() const {
  return (std::log(after) + std::log(after_again) - std::log(before) - std::log(before_again)) / 2;
}

Shift ComparePairs(const std::vector<double>& log_ratios, double limit) {
  Invariant(log_ratios.size() >= 20, "fewer quads prove nothing");
  std::vector<double> sorted = log_ratios;
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(sorted.size());
  const double reach = kNinetyNinePercent * std::sqrt(count) / 2;
  const auto low = static_cast<size_t>(std::max(0.0, std::floor(count / 2 - reach)));
  const size_t high = sorted.size() - 1 - low;
  return {.estimate = Share(MedianOf(sorted)), .low = Share(sorted[low]), .high = Share(sorted[high]), .limit = limit};
}

Shift CompareRounds(const std::vector<Round>& rounds, double quantile, double limit) {
  Invariant(rounds.size() >= 5, "fewer rounds prove nothing");
  std::vector<double> log_ratios;
  for (const Round& round : rounds) {
    const auto before = static_cast<double>(std::max<int64_t>(1, round.before.Quantile(quantile)));
    const auto after = static_cast<double>(std::max<int64_t>(1, round.after.Quantile(quantile)));
    log_ratios.push_back(std::log(after / before));
  }
  return CompareLogRatios(log_ratios, limit, 1);
}

double FalseAlarms(const std::vector<double>& same_log_ratios, size_t quads, double limit, int trials, uint64_t seed) {
  std::mt19937_64 random(seed);
  int alarms = 0;
  for (int i = 0; i < trials; ++i) {
    if (ComparePairs(Draw(same_log_ratios, quads, random), limit).worse()) ++alarms;
  }
  return static_cast<double>(alarms) / trials;
}

double FalseAlarmsOfRounds(const std::vector<double>& same_log_ratios, size_t rounds, double limit, int trials,
                           uint64_t seed) {
  std::mt19937_64 random(seed);
  int alarms = 0;
  for (int i = 0; i < trials; ++i) {
    if (CompareLogRatios(Draw(same_log_ratios, rounds, random), limit, random()).worse()) ++alarms;
  }
  return static_cast<double>(alarms) / trials;
}

std::string Tell(const Shift& difference) {
  char text[120];
  std::snprintf(text, sizeof text, "%+.1f %% (%+.1f to %+.1f %%), limit %+.0f %%: %s", difference.estimate * 100,
                difference.low * 100, difference.high * 100, difference.limit * 100,
                difference.worse() ? "WORSE" : "fine");
  return text;
}

}  // namespace iff
