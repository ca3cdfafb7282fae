#include "harness/cli/arguments.h"

namespace iff {

Argument SelectionArgument(Options& options) {
  return {.names = "selection",
          .into = &options.selectors,
          .takes = Takes::kScenarios,
          .help = "suites, scenario ids or files, @TARGET; all of them by default"};
}

Argument TargetsArgument(Options& options) {
  return {.names = "--target",
          .value = "NAME",
          .into = &options.targets,
          .takes = Takes::kTargets,
          .help = "only scenarios about this target (repeatable)"};
}

Argument MutantArgument(Options& options) {
  return {.names = "--mutant",
          .value = "NAME",
          .into = &options.mutant,
          .takes = Takes::kMutants,
          .help = "launch this deliberately broken server in the target's place"};
}

Argument JobsArgument(Options& options) {
  return {.names = "--jobs,-j",
          .value = "N",
          .into = &options.jobs,
          .least = 1,
          .most = 64,
          .help = "scenarios side by side"};
}

Argument FreshTargetsArgument(Options& options) {
  return {.names = "--fresh-targets",
          .into = &options.fresh_targets,
          .help = "start a target for each scenario, also where one that runs and is unharmed would do"};
}

Argument FreshArgument(Options& options) {
  return {.names = "--fresh", .into = &options.fresh, .help = "bring up an environment of its own even if one is up"};
}

Argument AttachedArgument(Options& options) {
  return {.names = "--attached",
          .value = "FOLDER",
          .into = &options.attached,
          .takes = Takes::kFolder,
          .help = "start nothing: take over what others started and 'iff provision FOLDER' set up"};
}

}  // namespace iff
