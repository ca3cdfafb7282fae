// Handing a running target from one scenario to the next, with the components that are its alone, and with the targets
// that stand beside it where a scenario has several: most scenarios only
// send it requests, and starting a server anew costs more than they do. Which scenarios may is told by needs.h
// (WhyFreshTarget); why no fault can hide in it: docs/decisions/0044-targets-are-reused-when-unharmed.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/run/target_process.h"

namespace iff {

class TargetPool;

// How a sandbox comes by its targets.
struct TargetReuse {
  TargetPool* pool = nullptr;    // gets them afterwards if they are unharmed; nullptr: they end
  std::string key = {};          // in the pool
  TargetProcesses running = {};  // taken from the pool; none: they are started
};

// Thread-safe. Targets that were taken are one scenario's alone until they are returned. What a pool holds under a key
// is a target, or several that stand beside each other.
class TargetPool {
 public:
  // A target older than `keeps` is not given out: it holds leases that end. Beyond `most` idle ones the oldest ends.
  explicit TargetPool(std::chrono::seconds keeps = std::chrono::minutes(10), size_t most = 8)
      : keeps_(keeps), most_(most) {}

  // The idle ones with that key that served the fewest scenarios; empty: there are none that still run.
  TargetProcesses Take(const std::string& key);
  // REQUIRES: they run, and nothing was done to them but that they were sent requests.
  void Return(const std::string& key, TargetProcesses targets);
  // What they depend on is about to be disturbed, or all is over: ends the idle ones and takes back none of those that
  // were started before now.
  void Dismiss();
  // How often one was taken that ran already.
  size_t reuses() const;

 private:
  bool IsOld(const TargetProcesses& targets) const;

  const std::chrono::seconds keeps_;
  const size_t most_;
  mutable std::mutex mutex_;
  struct Idle {
    std::string key = {};
    TargetProcesses targets = {};
  };
  std::vector<Idle> idle_;  // longest idle first
  std::chrono::steady_clock::time_point dismissed_ = {};
  size_t reuses_ = 0;
};

}  // namespace iff
