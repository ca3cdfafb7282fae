// The line at the foot of a terminal that says what goes on right now. Where there is no terminal there is none, and
// the lines above it are all that is said.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "harness/cli/console.h"

namespace iff {

class LiveLine {
 public:
  // Asks `line` five times a second until destroyed; an empty function asks for nothing.
  LiveLine(Console& console, std::function<std::string()> line);
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

 private:
  Console& console_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread teller_;
};

// "2.1 s"
std::string SecondsSince(std::chrono::steady_clock::time_point since);

}  // namespace iff
