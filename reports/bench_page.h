// A measurement as one self-contained page: the table, latency over load, the histograms, and where a call
// spends its time. Drawn from what `iff bench` stored, so it can be drawn again.
#pragma once

#include <ostream>

#include "harness/core/json.h"

namespace iff {

// `bench` is a document with the schema "iff-bench-2"; what it lacks is left out.
void WriteBenchPage(const Json& bench, std::ostream& out);

}  // namespace iff
