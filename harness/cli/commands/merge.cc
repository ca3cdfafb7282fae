#include "harness/cli/merge.h"

#include "harness/cli/report_arguments.h"
#include "harness/environment/drivers.h"

namespace iff {
namespace {

int MergeAll(const Call& call) {
  const Result<void> forms = CheckForms(call.options);
  if (!forms.ok()) return Complain(call.console, forms.error());
  return MergeRuns(call.options, call.services.places.root, SecretShapesOf(call.services.driver_registry),
                   Messages(call.console));
}

}  // namespace

Command MergeCommand() {
  return {.name = "merge",
          .summary = "one report from the runs of several shards",
          .group = CommandGroup::kLook,
          .description =
              "Refuses results of different systems, scenarios that are in two of them, and shards that are "
              "missing. Exits as the whole run would have.",
          .examples = {{"iff merge shards/* -o whole", "after 'iff run --shard 1/8 -o shards/1' and the others"}},
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {
                {.names = "runs",
                 .into = &options.selectors,
                 .takes = Takes::kRun,
                 .required = true,
                 .help = "folders or result.json files of the shards"},
                {.names = "--output,-o",
                 .value = "FOLDER",
                 .into = &options.output,
                 .takes = Takes::kFolder,
                 .required = true,
                 .help = "folder for the reports"},
            };
            AddReportArguments(options, arguments);
            return {.act = MergeAll};
          }};
}

}  // namespace iff
