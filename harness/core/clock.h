// Time that tests can move, and the only wait in the project.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "harness/core/result.h"

namespace iff {

using namespace std::chrono_literals;  // the one exception to "no using namespace": literals only

using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;

  // Seconds since 1970, as in a NumericDate (RFC 7519 section 2).
  int64_t NowSeconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(Now().time_since_epoch()).count();
  }
};

// The only reader of the wall clock.
class SystemClock final : public Clock {
 public:
  WallTime Now() const override;
  static const SystemClock& Instance();
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(std::chrono::seconds(1'800'000'000))) : now_(start) {}
  WallTime Now() const override;
  void Advance(std::chrono::milliseconds by);

 private:
  mutable std::mutex mutex_;
  WallTime now_;
};

// A point on the monotonic clock until which something may take.
class Deadline {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  static Deadline In(std::chrono::milliseconds span) { return Deadline(std::chrono::steady_clock::now() + span); }
  explicit Deadline(SteadyTime at) : at_(at) {}

  SteadyTime at() const { return at_; }
  bool Passed() const { return std::chrono::steady_clock::now() >= at_; }
  std::chrono::milliseconds Left() const;  // never negative

 private:
  SteadyTime at_;
};

// Asks `probe` until it answers true, an error other than kUnavailable, or the deadline passes
// (kTimeout, with the last kUnavailable's message). Waits 1 ms at first and 25 ms at most between two
// asks. Every probe of a process first asks whether that process lives.
Result<void> Eventually(Deadline deadline, const std::function<Result<bool>()>& probe);

// "2026-11-21T13:37:00.123Z"
std::string Rfc3339(WallTime time);

}  // namespace iff
