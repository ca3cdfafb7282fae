// What the authentication costs on the live stack: each hop, and the whole, cold and warm.
#pragma once

#include <functional>
#include <string_view>

#include "harness/cli/options.h"
#include "harness/cli/session.h"
#include "harness/run/measure.h"

namespace iff {

// Prints a table of p50, p90 and p99 with sample counts and answers the exit code; writes the whole
// histograms as JSON to options.output.
int Bench(Session& session, const MeasurementSet& measurements, const Options& options,
          const std::function<void(std::string_view)>& say);

}  // namespace iff
