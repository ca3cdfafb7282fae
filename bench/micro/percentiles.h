// p50, p90 and p99 of what a benchmark measures, as counters of it; each where there are samples enough to tell it.
//
//   for (auto _ : state) work();
//   TellPercentiles(state, work);        // p50_us, p90_us, p99_us: each call timed by itself
//   TellPercentiles(state, work, 100);   // batch_p50_us, ...: a call of a hundred, and `batch` says how many
//
// Reading the clock twice takes some 50 ns, so what is over in less than a few microseconds is timed in batches. Those
// are of the means of batches: one slow call among a hundred shows in them as a hundredth, hence other names.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace iff {

// Microseconds of wall time `work` takes.
template <class Work>
double MicrosecondsOf(const Work& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

class Percentiles {
 public:
  // `batch`: calls whose time together is one sample.
  explicit Percentiles(int64_t batch = 1) : batch_(batch) {}

  // Of a whole sample.
  void Add(double microseconds) { samples_.push_back(microseconds / static_cast<double>(batch_)); }
  size_t count() const { return samples_.size(); }
  // Of a call: what at least this share of the samples does not exceed. 0 without samples.
  double At(double quantile) {
    if (samples_.empty()) return 0;
    const double rank = std::ceil(quantile * static_cast<double>(samples_.size()));
    const auto nth = samples_.begin() + static_cast<std::ptrdiff_t>(std::max(1.0, rank)) - 1;
    std::nth_element(samples_.begin(), nth, samples_.end());
    return *nth;
  }
  double Median() { return At(0.5); }

  // What may be told, by the name of its counter: one of which a hundred samples lie beyond it; of a median ten are
  // enough.
  std::map<std::string, double> Told() {
    std::map<std::string, double> told;
    const std::string prefix = batch_ == 1 ? "p" : "batch_p";
    for (const auto& [percent, least] : std::map<int, size_t>{{50, 10}, {90, 1'000}, {99, 10'000}}) {
      if (count() >= least) told[prefix + std::to_string(percent) + "_us"] = At(percent / 100.0);
    }
    if (batch_ > 1) told["batch"] = static_cast<double>(batch_);
    return told;
  }
  void Tell(benchmark::State& state) {
    for (const auto& [name, value] : Told()) state.counters[name] = value;
  }

 private:
  int64_t batch_;
  std::vector<double> samples_ = {};
};

// Does as many calls of `work` as the benchmark's loop did, which is over: what that measured has no clock in it.
template <class Work>
void TellPercentiles(benchmark::State& state, const Work& work, int64_t batch = 1) {
  Percentiles percentiles(batch);
  for (int64_t left = static_cast<int64_t>(state.iterations()); left >= batch; left -= batch) {
    percentiles.Add(MicrosecondsOf([&] {
      for (int64_t i = 0; i < batch; ++i) benchmark::DoNotOptimize(work());
    }));
  }
  percentiles.Tell(state);
}

}  // namespace iff
