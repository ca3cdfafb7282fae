// How long the calls of a run took, by what was called: a histogram for each kind of call there were enough of.
#pragma once

#include "harness/core/json.h"
#include "harness/run/result.h"

namespace iff {

// [{"lane", "title", "count", "p50_us", "p90_us", "p99_us", "max_us", "buckets": [[from_us, to_us, count], ...]}, ...],
// the most frequent first. Buckets are logarithmic, two for each doubling.
Json LatencyOf(const RunResult& run);

}  // namespace iff
