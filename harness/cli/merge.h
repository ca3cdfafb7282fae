// `iff merge`: the results of several shards as one.
#pragma once

#include "harness/cli/console.h"
#include "harness/cli/options.h"

namespace iff {

// Reads the runs, merges them, publishes; answers the exit code of the whole.
int MergeRuns(const Options& options, const Messages& say);

}  // namespace iff
