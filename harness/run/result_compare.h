// A run beside an earlier one, check by check.
#pragma once

#include "harness/run/result.h"

namespace iff {

// What has changed since `before`. Checks are the same by scenario, id and, where an id occurs more than once
// in a scenario, by order. Scenarios that this run never meant to play (it was narrowed, or is one shard) are
// left out.
Comparison Compare(const RunResult& before, const RunResult& now);

}  // namespace iff
