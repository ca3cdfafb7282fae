// Two builds of the echo server, the frozen old one and the new one, asked in three ways which is slower.
#pragma once

#include <string>
#include <vector>

#include "bench/load/comparison.h"

namespace iff {

struct CompareOptions {
  std::string before = {};  // program of the old build; absolute
  std::string after = {};
  std::string supervisor = {};
  int quads = 100;  // of blocks of 40 ms
  int rounds = 7;   // end to end, each old, new, new, old
  int core = 0;
  int driver_core = 1;
};

struct Finding {
  std::string what = {};  // "instructions per call"
  Shift difference = {};
  double false_alarms = 0;  // how often the old one was called slower than itself
  std::string how = {};     // what that was counted from
  std::string could_not = {};
};

// kUnavailable: one of them does not start. What alone cannot be asked (no valgrind) says so in could_not.
Result<std::vector<Finding>> CompareServers(const CompareOptions& options);

}  // namespace iff
