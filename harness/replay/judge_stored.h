// A run that lies in files, judged again by the scenarios as they are now. Starts nothing.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/run/probe.h"
#include "harness/run/result.h"
#include "harness/session/session.h"

namespace iff {

struct JudgedRun {
  RunResult run = {};  // as it is judged now, with its evidence
  size_t checks = 0;
  struct One {
    std::string id = {};
    std::vector<std::string> differences = {};  // a line for each check that is judged otherwise than it was
  };
  std::vector<One> scenarios = {};  // those that were played
};

// The run in `folder`. A scenario whose steps are no longer those that were played is judged as it was written then.
// kInvalidInput: the run, its evidence or a scenario file cannot be read.
Result<JudgedRun> JudgeStoredRun(const SessionOptions& session, const ProbeSet& probes, const std::string& folder);

}  // namespace iff
