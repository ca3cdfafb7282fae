// `iff merge`: the results of several shards as one; and the shard a run takes for itself.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "harness/cli/options.h"
#include "harness/cli/voice.h"
#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// The scenarios of one shard, in their order.
std::vector<Scenario> PartOf(const std::vector<Scenario>& whole, const Shard& shard);

// Notes in the result which part of `whole` it is, so that Merge can put everything back in its place.
void NotePlaces(const std::vector<Scenario>& whole, const Shard& shard, RunResult& run);

// Reads the runs, merges them, publishes; answers the exit code of the whole.
int MergeRuns(const Options& options, const Speech& say);

}  // namespace iff
