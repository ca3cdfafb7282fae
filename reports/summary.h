// What a terminal shows at the end: the verdict, what failed in one sentence each, where the report
// is.
#pragma once

#include <ostream>
#include <string>

#include "harness/run/result.h"

namespace iff {

struct SummaryOptions {
  bool colour = false;
  bool quiet = false;        // the last line only
  bool verbose = false;      // every failure, not only the first; what does not apply, and why
  size_t width = 110;        // of a line; a log's
  std::string report = {};   // path of the report, "" for none
  std::string run = {};      // what 'iff replay' finds the run's recordings by, "" for nothing
  std::string program = {};  // of commands that are shown; "": as the run's was typed
};

void WriteSummary(const RunResult& run, const SummaryOptions& options, std::ostream& out);

// One line for a scenario that has ended: "PASS  isolation/own-things@jira  84 ms  (12 of 43)".
std::string ProgressLine(const ScenarioResult& scenario, size_t done, size_t of, bool colour);

}  // namespace iff
