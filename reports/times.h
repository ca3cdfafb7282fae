// When things of a run happened, on the calendar's scale.
#pragma once

#include <cstdint>
#include <string>

#include "harness/run/result.h"

namespace iff {

// Microseconds since 1970 of "2026-11-21T13:37:00.250Z"; -1 if it is no such time.
int64_t EpochMicros(const std::string& rfc3339);

// When the first scenario began, in microseconds since the command was given; run.started is the same moment. 0 if
// none did.
int64_t FirstStart(const RunResult& run);

// Microseconds since 1970 at which a scenario began. Where the run has no time, since the run began.
int64_t BeganAt(const RunResult& run, const ScenarioResult& scenario);

}  // namespace iff
