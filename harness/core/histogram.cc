#include "harness/core/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace iff {

namespace {
constexpr int64_t kLongest = 60'000'000;
}  // namespace

size_t Histogram::BucketOf(int64_t value) {
  const auto positive = static_cast<uint64_t>(std::clamp<int64_t>(value, 0, kLongest));
  if (positive < (uint64_t{1} << kLinearBits)) return positive;
  // The highest kLinearBits bits tell the bucket; `doubling` counts the bits below them.
  const int doubling = static_cast<int>(std::bit_width(positive)) - kLinearBits;
  const uint64_t within = (positive >> doubling) - (uint64_t{1} << (kLinearBits - 1));
  return (size_t{1} << kLinearBits) + static_cast<size_t>(doubling - 1) * (size_t{1} << (kLinearBits - 1)) + within;
}

int64_t Histogram::UpperOf(size_t bucket) {
  if (bucket < (size_t{1} << kLinearBits)) return static_cast<int64_t>(bucket);
  const size_t above = bucket - (size_t{1} << kLinearBits);
  const auto doubling = static_cast<int>(above >> (kLinearBits - 1)) + 1;
  const uint64_t within = (above & ((size_t{1} << (kLinearBits - 1)) - 1)) + (size_t{1} << (kLinearBits - 1));
  return static_cast<int64_t>(((within + 1) << doubling) - 1);
}

void Histogram::Record(int64_t microseconds) {
  ++buckets_[BucketOf(microseconds)];
  min_ = count_ == 0 ? microseconds : std::min(min_, microseconds);
  max_ = std::max(max_, microseconds);
  sum_ += microseconds;
  ++count_;
}

void Histogram::Add(const Histogram& other) {
  if (other.count_ == 0) return;
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

int64_t Histogram::Quantile(double quantile) const {
  const auto wanted = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(quantile * static_cast<double>(count_))));
  int64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(UpperOf(i), max_);
  }
  return max_;
}

Json Histogram::ToJson() const {
  Json buckets = Json::array();
  for (size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] != 0) buckets.push_back({UpperOf(i), buckets_[i]});
  }
  return {{"count", count_},          {"min_us", min()},
          {"max_us", max_},           {"sum_us", sum_},
          {"p50_us", Quantile(0.50)}, {"p90_us", Quantile(0.90)},
          {"p99_us", Quantile(0.99)}, {"buckets", std::move(buckets)}};
}

Result<Histogram> Histogram::FromJson(const Json& stored) {
  Histogram read;
  read.count_ = TRY(At<int64_t>(stored, "/count").While("read histogram"));
  read.min_ = TRY(At<int64_t>(stored, "/min_us").While("read histogram"));
  read.max_ = TRY(At<int64_t>(stored, "/max_us").While("read histogram"));
  read.sum_ = AtOr<int64_t>(stored, "/sum_us", 0);  // results of earlier versions have none
  const Json* const buckets = Find(stored, "/buckets");
  if (buckets == nullptr || !buckets->is_array()) {
    return Error(ErrorKind::kInvalidInput, "read histogram: no array at /buckets");
  }
  int64_t counted = 0;
  for (const Json& bucket : *buckets) {
    const int64_t upper = TRY(At<int64_t>(bucket, "/0").While("read histogram: bucket"));
    const int64_t count = TRY(At<int64_t>(bucket, "/1").While("read histogram: bucket"));
    const size_t at = BucketOf(upper);
    if (count < 1 || (UpperOf(at) != upper && upper <= kLongest)) {
      return Error(ErrorKind::kInvalidInput, "read histogram: no such bucket: " + std::to_string(upper));
    }
    read.buckets_[at] += count;
    counted += count;
  }
  if (counted != read.count_) return Error(ErrorKind::kInvalidInput, "read histogram: the buckets do not add up");
  return read;
}

}  // namespace iff
