// OpenTelemetry traces: OTLP/HTTP with JSON bodies. A trace for each scenario, a span for each step and exchange, what
// was seen behind the target as events.
#pragma once

#include <ostream>
#include <vector>

#include "harness/core/json.h"
#include "harness/run/result.h"

namespace iff {

// Export requests as a collector takes them, each of a size that it does not refuse.
std::vector<Json> OtlpRequests(const RunResult& run);

// The file form: one request a line.
void WriteOtlp(const RunResult& run, std::ostream& out);

}  // namespace iff
