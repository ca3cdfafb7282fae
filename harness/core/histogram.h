// Latencies as log-linear buckets (the scheme of HdrHistogram): three significant digits from 1 us to
// 60 s, mergeable, stored whole.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/json.h"

namespace iff {

class Histogram {
 public:
  // Values are microseconds; larger ones than 60 s count as 60 s.
  void Record(int64_t microseconds);
  void Add(const Histogram& other);

  int64_t count() const { return count_; }
  int64_t min() const { return count_ == 0 ? 0 : min_; }
  int64_t max() const { return max_; }
  int64_t sum() const { return sum_; }  // exact, so that means of parts add up to the mean of the whole
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The smallest value that at least `quantile` (0 to 1) of the samples do not exceed. 0 without samples.
  int64_t Quantile(double quantile) const;
  // {"count", "min_us", "max_us", "sum_us", "p50_us", "p90_us", "p99_us", "buckets": [[upper_us, count], ...]}
  Json ToJson() const;
  // What ToJson wrote. kInvalidInput for anything that it cannot have written.
  static Result<Histogram> FromJson(const Json& stored);

 private:
  // 1024 linear buckets of 1 us, then 512 for each doubling up to 2^26 us.
  static constexpr int kLinearBits = 10;
  static constexpr int kDoublings = 16;
  static constexpr size_t kBuckets = (size_t{1} << kLinearBits) + size_t{kDoublings} * (size_t{1} << (kLinearBits - 1));

  static size_t BucketOf(int64_t value);
  static int64_t UpperOf(size_t bucket);

  std::vector<int64_t> buckets_ = std::vector<int64_t>(kBuckets);
  int64_t count_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
  int64_t sum_ = 0;
};

}  // namespace iff
