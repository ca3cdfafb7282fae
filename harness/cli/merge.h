// `iff merge`: the results of several shards as one.
#pragma once

#include <string>

#include "harness/cli/console.h"
#include "harness/cli/options.h"

namespace iff {

// Reads the runs, merges them, publishes; answers the exit code of the whole. `root`: of the project, whose catalogue
// of causes what failed is told by.
int MergeRuns(const Options& options, const std::string& root, const Messages& say);

}  // namespace iff
