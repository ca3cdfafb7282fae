// Is the new one slower than the old one? Three ways to ask, each with the limit above which it says yes, and
// how often it says yes when nothing has changed. Pure: no clock, and randomness only from a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/histogram.h"

namespace iff {

// Of an even number, half way between the two in the middle. REQUIRES: at least one value
double MedianOf(std::vector<double> values);

// How much more the new one takes, as a share (0.05: five hundredths more), and between what it lies.
struct Shift {
  double estimate = 0;
  double low = 0;
  double high = 0;
  double limit = 0;
  // Only what is above the limit for certain is an alarm.
  bool worse() const { return low > limit; }
};

inline constexpr double kInstructionLimit = 0.01;
inline constexpr double kPairedLimit = 0.03;
inline constexpr double kMedianLimit = 0.10;  // of end-to-end rounds
inline constexpr double kP99Limit = 0.25;

// Instructions are counted, not measured: there is nothing between low and high.
Shift CompareCounts(double before, double after, double limit = kInstructionLimit);

// One block of old, new, new, old in a row: whatever drifts meanwhile, drifts over both alike.
struct Quad {
  double before = 0;
  double after = 0;
  double after_again = 0;
  double before_again = 0;
  double LogRatio() const;
};

// The median of the quads' ratios with its interval by rank, which no outlier moves: 99 % on each side.
// REQUIRES: at least 20 quads
Shift ComparePairs(const std::vector<double>& log_ratios, double limit = kPairedLimit);

// Rounds end to end, old and new by turns: the median of the rounds' ratios, with a bootstrap interval.
struct Round {
  Histogram before = {};
  Histogram after = {};
};
// REQUIRES: at least 5 rounds
Shift CompareRounds(const std::vector<Round>& rounds, double quantile, double limit);

// The share of `trials` in which ComparePairs calls the same thing slower than itself: drawn with
// replacement from what a binary measured against itself gave, as many quads at a time as a comparison has.
double FalseAlarms(const std::vector<double>& same_log_ratios, size_t quads, double limit, int trials, uint64_t seed);
// The same for rounds: ratios of one thing's rounds to its own.
double FalseAlarmsOfRounds(const std::vector<double>& same_log_ratios, size_t rounds, double limit, int trials,
                           uint64_t seed);

// "+1.2 % (+0.8 to +1.6 %), limit +3 %: fine"
std::string Tell(const Shift& difference);

}  // namespace iff
