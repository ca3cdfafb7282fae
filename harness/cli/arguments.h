// Arguments that several commands have, each said once.
#pragma once

#include "harness/cli/command.h"

namespace iff {

Argument SelectionArgument(Options& options);  // suites, ids or files; all by default
Argument TargetsArgument(Options& options);    // --target, repeatable
Argument MutantArgument(Options& options);
Argument JobsArgument(Options& options);
Argument FreshTargetsArgument(Options& options);
Argument FreshArgument(Options& options);
Argument AttachedArgument(Options& options);  // --attached

}  // namespace iff
