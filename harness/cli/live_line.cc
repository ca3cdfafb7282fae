#include "harness/cli/live_line.h"

#include <cstdio>

namespace iff {

LiveLine::LiveLine(Console& console, std::function<std::string()> line) : console_(console) {
  if (!console.terminal() || !line) return;
  teller_ = std::thread([this, line = std::move(line)] {
    std::unique_lock lock(mutex_);
    while (!over_) {
      console_.Show(line());
      ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return over_; });
    }
  });
}

LiveLine::~LiveLine() {
  if (!teller_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ended_.notify_all();
  teller_.join();
  console_.Show("");
}

std::string SecondsSince(std::chrono::steady_clock::time_point since) {
  char text[32];
  const std::chrono::duration<double> span = std::chrono::steady_clock::now() - since;
  std::snprintf(text, sizeof text, "%.1f s", span.count());
  return text;
}

}  // namespace iff
