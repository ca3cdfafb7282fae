// When an open-model caller sends, and what is recorded of each call. Time is handed in, in nanoseconds on
// any clock, so that a simulation is accounted for exactly as the network is.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>

#include "harness/core/histogram.h"

namespace iff {

// Arrivals at an even rate, whatever becomes of the calls before: a peer that stalls meets everybody who
// came meanwhile, and each of them waited from the moment it meant to send.
class Pacing {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  // Noticed later than this after it was due, an arrival left late: the driver itself was busy.
  static constexpr int64_t kLateNs = 1'000'000;

  // REQUIRES: rate > 0
  Pacing(double rate, int64_t begin, int64_t end) : rate_(rate), begin_(begin), end_(end) {}

  // When the next arrival is due that was not noticed yet.
  int64_t NextDue() const;
  // Puts what is due by `now` into the line.
  void Notice(int64_t now);
  bool waiting() const { return !line_.empty(); }
  size_t in_line() const { return line_.size(); }
  // The first in the line: when it was due. REQUIRES: waiting()
  int64_t Take();

  int64_t arrived() const { return arrived_; }
  int64_t late() const { return late_; }

 private:
  int64_t Due(int64_t number) const;

  double rate_;
  int64_t begin_;
  int64_t end_;
  int64_t arrived_ = 0;
  int64_t late_ = 0;
  std::deque<int64_t> line_ = {};
};

// What was seen of the calls of one row.
struct Samples {
  Histogram service = {};   // from the send to the answer
  Histogram response = {};  // from the moment it was due to the answer; the same in the closed model
  // The responses of alternate slices of 50 ms: one thing measured twice, so what they differ by is noise.
  std::array<Histogram, 2> halves = {};

  void Record(int64_t due, int64_t sent, int64_t done, int64_t begin);
  void Add(const Samples& other);
  // How far apart the medians of the halves are, as a share; nothing below 100 samples in each.
  double Noise() const;
};

}  // namespace iff
