#include "bench/load/pacing.h"

#include <algorithm>
#include <cmath>

#include "harness/core/result.h"

namespace iff {
namespace {

constexpr int64_t kSliceNs = 50'000'000;
constexpr int64_t kEnoughForNoise = 100;

}  // namespace

int64_t Pacing::Due(int64_t number) const {
  return begin_ + static_cast<int64_t>(static_cast<double>(number) * 1e9 / rate_);
}

int64_t Pacing::NextDue() const {
  const int64_t due = Due(arrived_);
  return due < end_ ? due : kNever;
}

void Pacing::Notice(int64_t now) {
  for (int64_t due = NextDue(); due <= now && due != kNever; due = NextDue()) {
    if (now - due > kLateNs) ++late_;
    line_.push_back(due);
    ++arrived_;
  }
}

int64_t Pacing::Take() {
  Invariant(!line_.empty(), "somebody waits");
  const int64_t due = line_.front();
  line_.pop_front();
  return due;
}

void Samples::Record(int64_t due, int64_t sent, int64_t done, int64_t begin) {
  const int64_t responded = (done - due) / 1000;
  service.Record((done - sent) / 1000);
  response.Record(responded);
  halves[static_cast<size_t>(std::max<int64_t>(0, due - begin) / kSliceNs % 2)].Record(responded);
}

void Samples::Add(const Samples& other) {
  service.Add(other.service);
  response.Add(other.response);
  for (size_t i = 0; i < halves.size(); ++i) halves[i].Add(other.halves[i]);
}

double Samples::Noise() const {
  if (std::min(halves[0].count(), halves[1].count()) < kEnoughForNoise) return std::nan("");
  const auto one = static_cast<double>(std::max<int64_t>(1, halves[0].Quantile(0.5)));
  const auto other = static_cast<double>(std::max<int64_t>(1, halves[1].Quantile(0.5)));
  return std::max(one, other) / std::min(one, other) - 1;
}

}  // namespace iff
