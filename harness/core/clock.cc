#include "harness/core/clock.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <thread>

namespace iff {

WallTime SystemClock::Now() const { return std::chrono::system_clock::now(); }

const SystemClock& SystemClock::Instance() {
  static const SystemClock clock;
  return clock;
}

WallTime ManualClock::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::Advance(std::chrono::milliseconds by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
}

std::chrono::milliseconds Deadline::Left() const {
  const auto left = at_ - std::chrono::steady_clock::now();
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(left));
}

Result<void> Eventually(Deadline deadline, const std::function<Result<bool>()>& probe) {
  std::chrono::milliseconds pause = 1ms;
  std::string last = "not yet";
  while (true) {
    const Result<bool> answer = probe();
    if (answer.ok() && answer.value()) return {};
    if (!answer.ok()) {
      if (answer.error().kind() != ErrorKind::kUnavailable) return answer.error();
      last = answer.error().message();
    }
    if (deadline.Passed()) return Error(ErrorKind::kTimeout, last);
    std::this_thread::sleep_for(std::min(pause, deadline.Left()));
    pause = std::min(pause * 2, std::chrono::milliseconds(25));
  }
}

std::string Rfc3339(WallTime time) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(millis % 1000));
  return text;
}

}  // namespace iff
