// Scenarios that need nothing of the components but the keys the issuer will publish, played while the components
// start. What passes so is not played again; whatever else comes of it is forgotten, and played with everything there:
// a finding is one about the whole system.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness/environment/environment.h"
#include "harness/run/runner.h"

namespace iff {

// What marks such a result among its tags.
inline constexpr std::string_view kKeysAloneTag = "keys-alone";

// What is to be played so. Empty: nothing.
struct EarlyWish {
  std::vector<Scenario> scenarios = {};
  std::string mutant = {};
  uint64_t seed = 0;
  std::chrono::steady_clock::time_point began = {};           // of the command
  std::function<void(const ScenarioResult&)> on_passed = {};  // called on a thread of its own
};

class EarlyPlay {
 public:
  struct Footing {  // what is referred to outlives it
    const System& system;
    const Catalogue& catalogue;
    const ProbeSet& probes;
    Launcher& launcher;
    const SigningKey& issuer_key;
    std::map<std::string, Facts> promised;
    Born born;
    std::function<Ground(Environment&)> ground;  // a run's, but on that environment
  };
  EarlyPlay(Footing footing, EarlyWish wish);
  ~EarlyPlay();  // as Finish

  // Begins nothing more, waits for the one under way; those that passed, by id.
  std::map<std::string, ScenarioResult> Finish();

 private:
  Result<void> Play();

  const Footing footing_;
  const EarlyWish wish_;
  std::atomic<bool> enough_ = false;
  std::map<std::string, ScenarioResult> passed_;  // the thread's while it runs
  std::thread thread_;
};

// The results of `run` in the order of `scenarios`, with those of `early` in their places.
void PutIn(const std::vector<Scenario>& scenarios, std::map<std::string, ScenarioResult> early, RunResult& run);

}  // namespace iff
