#include "bench/load/comparison.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace iff {
namespace {

using ::testing::HasSubstr;

// A machine as they are shared: every measurement scatters by 3 %, one in fifty meets a neighbour, and every
// few hundred the machine falls into a mode 1.6 times as slow and stays in it for a while.
class Machine {
 public:
  // `leave`: how likely each measurement ends the slow mode. By default half of all time is slow.
  explicit Machine(uint64_t seed, double leave = 0.004) : random_(seed), leave_(leave) {}

  double Measure(double cost) {
    if (Uniform() < (slow_ ? leave_ : 0.004)) slow_ = !slow_;
    double took = cost * std::exp(0.03 * Normal()) * (slow_ ? 1.6 : 1);
    if (Uniform() < 0.02) took *= 1 + 2 * Uniform();
    return took;
  }
  double Uniform() { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }
  // By the central limit: the same on every machine, which a library's distribution need not be.
  double Normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += Uniform();
    return sum;
  }

 private:
  std::mt19937_64 random_;
  const double leave_;
  bool slow_ = false;
};

std::vector<double> Quads(Machine& machine, double slower, size_t count) {
  std::vector<double> log_ratios;
  for (size_t i = 0; i < count; ++i) {
    Quad quad;
    quad.before = machine.Measure(1000);
    quad.after = machine.Measure(1000 * slower);
    quad.after_again = machine.Measure(1000 * slower);
    quad.before_again = machine.Measure(1000);
    log_ratios.push_back(quad.LogRatio());
  }
  return log_ratios;
}

int Alarms(double slower, double limit, int trials) {
  int alarms = 0;
  for (int trial = 0; trial < trials; ++trial) {
    Machine machine(static_cast<uint64_t>(trial) + 1);
    if (ComparePairs(Quads(machine, slower, 200), limit).worse()) ++alarms;
  }
  return alarms;
}

TEST(ComparePairs, CallsTheSameThingSlowerInLessThanOneOfAHundredTrials) {
  EXPECT_LT(Alarms(1.0, kPairedLimit, 500), 5);
  // It would not, either, if every slowdown mattered: the limit is not what keeps it quiet.
  EXPECT_LT(Alarms(1.0, 0.001, 500), 5);
}

TEST(ComparePairs, FindsASlowdownOfFivePercentInNineteenOfTwentyTrials) {
  EXPECT_GE(Alarms(1.05, kPairedLimit, 500), 475);
}

TEST(ComparePairs, IsNotMovedByDriftThatATimedRunAfterAnotherWouldTakeForASlowdown) {
  // Everything gets slower by half meanwhile.
  Machine machine(7);
  std::vector<double> log_ratios;
  double drift = 1;
  for (int i = 0; i < 200; ++i) {
    Quad quad;
    quad.before = machine.Measure(1000 * (drift *= 1.0005));
    quad.after = machine.Measure(1000 * (drift *= 1.0005));
    quad.after_again = machine.Measure(1000 * (drift *= 1.0005));
    quad.before_again = machine.Measure(1000 * (drift *= 1.0005));
    log_ratios.push_back(quad.LogRatio());
  }
  const Shift seen = ComparePairs(log_ratios);
  EXPECT_FALSE(seen.worse());
  EXPECT_NEAR(seen.estimate, 0, 0.02);
}

TEST(CompareCounts, AllowsOnePercent) {
  EXPECT_FALSE(CompareCounts(100'000, 101'000).worse());
  EXPECT_TRUE(CompareCounts(100'000, 101'100).worse());
  EXPECT_FALSE(CompareCounts(100'000, 50'000).worse()) << "less is no alarm";
  EXPECT_THAT(Tell(CompareCounts(1000, 1100)), HasSubstr("+10.0 %"));
  EXPECT_THAT(Tell(CompareCounts(1000, 1100)), HasSubstr("WORSE"));
}

Histogram Latencies(Machine& machine, double typical, double stall_us) {
  Histogram histogram;
  for (int i = 0; i < 2000; ++i) {
    const bool stalled = stall_us > 0 && i % 50 == 0;  // a second's stall of a minute, say
    histogram.Record(static_cast<int64_t>(machine.Measure(typical) + (stalled ? stall_us * machine.Uniform() : 0)));
  }
  return histogram;
}

// A round's median says nothing on a machine that is slow half of the time: here it is, for a sixth of it.
std::vector<Round> Rounds(uint64_t seed, double slower, double stall_us) {
  Machine machine(seed, 0.02);
  std::vector<Round> rounds;
  for (int i = 0; i < 7; ++i) {
    Round round;
    round.before = Latencies(machine, 400, 0);
    round.after = Latencies(machine, 400 * slower, stall_us);
    rounds.push_back(std::move(round));
  }
  return rounds;
}

TEST(CompareRounds, SeesAStallInTheP99AndNotInTheMedian) {
  const std::vector<Round> stalled = Rounds(3, 1.0, 1'000'000);
  EXPECT_TRUE(CompareRounds(stalled, 0.99, kP99Limit).worse());
  EXPECT_FALSE(CompareRounds(stalled, 0.5, kMedianLimit).worse());
}

TEST(CompareRounds, StaysQuietWhenNothingChanged) {
  int alarms = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const std::vector<Round> same = Rounds(seed, 1.0, 0);
    if (CompareRounds(same, 0.5, kMedianLimit).worse() || CompareRounds(same, 0.99, kP99Limit).worse()) ++alarms;
  }
  EXPECT_LT(alarms, 2);
  EXPECT_TRUE(CompareRounds(Rounds(5, 1.5, 0), 0.5, kMedianLimit).worse());
}

TEST(FalseAlarms, AreCountedFromWhatTheSameThingGave) {
  Machine machine(11);
  const std::vector<double> same = Quads(machine, 1.0, 400);
  EXPECT_LT(FalseAlarms(same, 200, kPairedLimit, 500, 1), 0.01);
  const std::vector<double> different = Quads(machine, 1.2, 400);
  EXPECT_EQ(FalseAlarms(different, 200, kPairedLimit, 100, 1), 1.0) << "what differs from itself is noticed";
  EXPECT_LT(FalseAlarmsOfRounds(same, 7, kMedianLimit, 100, 1), 0.01);
}

}  // namespace
}  // namespace iff
