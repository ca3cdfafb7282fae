// Tampered requests and tokens against a target, judged as scenarios are. Every case is a scenario, so a finding is a
// file that plays it again. Prints nothing.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/run/mutate.h"
#include "harness/run/probe.h"
#include "harness/session/session.h"

namespace iff {

struct FuzzWish {
  std::vector<std::string> targets = {};  // empty: all
  std::string mutant = {};
  std::string output = {};  // folder for the scenarios, below fuzz/; "": that of the reports
  uint64_t seed = 0;        // makes the same cases anywhere
  int count = 500;          // cases for each target
  int seconds = 60;         // for each target; whichever comes first
  const std::atomic<bool>* cancelled = nullptr;
};

struct FuzzFinding {
  MutatedCase made = {};
  std::string check = {};
  std::string reason = {};
  std::string file = {};
  bool again = false;  // its scenario failed as well
};

// What became of one target.
struct Fuzzed {
  std::string target = {};
  int tokens = 0;
  int requests = 0;
  std::vector<FuzzFinding> found = {};
  int more = 0;                // failures of a kind that was found already
  std::string could_not = {};  // why it ended early
  std::string why_no_tokens = {};
  double took_s = 0;

  // A finding that its scenario showed again.
  bool Failed() const;
  // Something was tried, to the end, and every finding was seen again.
  bool Judged() const;
};

// Three bytes drawn by lot.
uint64_t DrawFuzzSeed();
// Those of the wish, or all of the system.
std::vector<std::string> FuzzTargets(const System& system, const std::vector<std::string>& targets);
// A mistake in what was asked for, told before anything is started.
Result<void> CheckFuzz(const System& system, const std::vector<std::string>& targets);
// REQUIRES: CheckFuzz found nothing wrong with `target`. Errors: its server or a login could not be had; a scenario
// would hold a secret, or cannot be written.
Result<Fuzzed> FuzzTarget(Session& session, const ProbeSet& probes, const FuzzWish& wish, const std::string& target);

}  // namespace iff
