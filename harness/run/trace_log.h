// The trace of a scenario while it grows, and the scale of its times.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

#include "harness/core/clock.h"
#include "harness/run/trace.h"

namespace iff {

// Thread-safe: probes send from several threads.
class TraceLog {
 public:
  // Times are counted from now on, by `clock` and by the steady clock.
  explicit TraceLog(const Clock& clock) : began_at_(clock.Now()) {}

  // Microseconds since it was begun.
  int64_t ElapsedUs() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_).count();
  }
  // The same of a time that a component's clock told; negative: before the beginning.
  int64_t AtUs(WallTime time) const {
    return std::chrono::duration_cast<std::chrono::microseconds>(time - began_at_).count();
  }
  // Whatever is added has been masked. Its number among those of the next Take, from 1.
  int64_t Add(Exchange exchange) {
    const std::lock_guard lock(mutex_);
    trace_.exchanges.push_back(std::move(exchange));
    return static_cast<int64_t>(trace_.exchanges.size());
  }
  void Add(const Downstream& seen) {
    const std::lock_guard lock(mutex_);
    trace_.downstream.Add(seen);
  }
  // What was added since the last time.
  Trace Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(trace_, {});
  }

 private:
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const WallTime began_at_;
  std::mutex mutex_;
  Trace trace_;
};

}  // namespace iff
