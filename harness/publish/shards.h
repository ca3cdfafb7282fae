// A run in parts: which scenarios a part plays, and the whole of what the parts found.
#pragma once

#include <string>
#include <vector>

#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Those of `whole` that `shard` plays, in its order; all of them for a shard of none.
std::vector<Scenario> PartOf(const std::vector<Scenario>& whole, const Shard& shard);
// Notes in `run` which part it is, and the place of each scenario in the whole, so that the parts can be put together.
void NotePlaces(const std::vector<Scenario>& whole, const Shard& shard, RunResult& run);

// The parts that lie at `paths`, folders of runs or their result.json, as one run, with recordings and evidence.
// kInvalidInput: one cannot be read, or they are not parts of one run.
Result<RunResult> MergeStored(const std::vector<std::string>& paths);

}  // namespace iff
