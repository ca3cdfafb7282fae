// What a terminal shows at the end: the verdict, what failed in one sentence each, where the report
// is.
#pragma once

#include <ostream>
#include <string>

#include "harness/run/result.h"

namespace iff {

struct SummaryOptions {
  bool colour = false;
  bool quiet = false;       // the last line only
  std::string report = {};  // path of the report, "" for none
};

void WriteSummary(const RunResult& run, const SummaryOptions& options, std::ostream& out);

// One line for a scenario that has ended: "PASS  isolation/own-things@jira  84 ms  (12 of 43)".
std::string ProgressLine(const ScenarioResult& scenario, size_t done, size_t of, bool colour);

}  // namespace iff
