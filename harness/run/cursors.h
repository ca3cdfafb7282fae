// Where what a step caused begins, in everything that is read after it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/run/arrivals.h"
#include "harness/run/downstream.h"

namespace iff {

struct Cursors {
  std::map<std::string, uint64_t> ledger = {};     // by component
  std::map<std::string, uint64_t> audit = {};      // by component
  std::vector<NotObservable> not_observable = {};  // where no cursor could be had
  Arrivals::Mark arrived = {};
  std::chrono::steady_clock::time_point began = {};
};

}  // namespace iff
