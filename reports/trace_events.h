// The run as a timeline for ui.perfetto.dev and chrome://tracing: the Trace Event Format, a process for each scenario,
// a track for each lane.
#pragma once

#include <ostream>

#include "harness/run/result.h"

namespace iff {

void WriteTraceEvents(const RunResult& run, std::ostream& out);

}  // namespace iff
