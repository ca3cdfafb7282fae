// iff fuzz: bent requests and tokens against a target, judged as scenarios are. Every case is a scenario, so a finding
// is a file that plays it again.
#pragma once

#include "harness/cli/command.h"

namespace iff {

struct FuzzOptions {
  int seed = 0;      // 0: any; it is said, and makes the same cases anywhere
  int count = 500;   // cases for each target
  int seconds = 60;  // for each target; whichever comes first
};

// A mistake in what was asked for, told before anything is started.
Result<void> CheckFuzz(const System& system, const Options& options);
// Answers the exit code: 1 for a finding that its scenario showed again, 2 where something could not be judged.
int Fuzz(const Call& call, Session& session, const FuzzOptions& asked);

}  // namespace iff
