// `iff merge`: the results of several shards as one.
#pragma once

#include <string>

#include "harness/cli/console.h"
#include "harness/cli/options.h"
#include "harness/core/secret_shapes.h"

namespace iff {

// Reads the runs, merges them, publishes; answers the exit code of the whole. `root`: of the project, whose catalogue
// of causes what failed is told by. What has one of the `shapes` is taken for a secret, and nothing is published.
int MergeRuns(const Options& options, const std::string& root, const SecretShapes& shapes, const Messages& say);

}  // namespace iff
