// Handing a running target from one scenario to the next, with the components that are its alone: most scenarios only
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

// How a sandbox comes by its target.
struct TargetReuse {
  TargetPool* pool = nullptr;                   // gets the target afterwards if it is unharmed; nullptr: it ends
  std::string key = {};                         // in the pool
  std::unique_ptr<TargetProcess> running = {};  // taken from the pool; nullptr: one is started
};

// Thread-safe. A target that was taken is one scenario's alone until it is returned.
class TargetPool {
 public:
  // A target older than `keeps` is not given out: it holds leases that end. Beyond `most` idle ones the oldest ends.
  explicit TargetPool(std::chrono::seconds keeps = std::chrono::minutes(10), size_t most = 8)
      : keeps_(keeps), most_(most) {}

  // The idle one with that key that served the fewest scenarios; nullptr: there is none that still runs.
  std::unique_ptr<TargetProcess> Take(const std::string& key);
  // REQUIRES: it runs, and nothing was done to it but that it was sent requests.
  void Return(const std::string& key, std::unique_ptr<TargetProcess> target);
  // What they depend on is about to be disturbed, or all is over: ends the idle ones and takes back none of those that
  // were started before now.
  void Dismiss();
  // How often one was taken that ran already.
  size_t reuses() const;

 private:
  bool IsOld(const TargetProcess& target) const;

  const std::chrono::seconds keeps_;
  const size_t most_;
  mutable std::mutex mutex_;
  struct Idle {
    std::string key = {};
    std::unique_ptr<TargetProcess> target = {};
  };
  std::vector<Idle> idle_;  // longest idle first
  std::chrono::steady_clock::time_point dismissed_ = {};
  size_t reuses_ = 0;
};

}  // namespace iff
