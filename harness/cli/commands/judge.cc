#include "harness/cli/dispatch.h"
#include "harness/cli/stored.h"

namespace iff {
namespace {

int JudgeIt(const Call& call) {
  return JudgeStored(SessionOptionsFor(call), call.services.probes, call.options, Messages(call.console));
}

}  // namespace

Command JudgeCommand() {
  return {.name = "judge",
          .summary = "judge a stored run again by what the scenario files expect now",
          .group = CommandGroup::kLook,
          .description = "Starts nothing. The exit code is the one the run would have had.",
          .examples = {{"iff judge last", "the youngest run"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {
                {.names = "run",
                 .into = &options.path,
                 .takes = Takes::kRun,
                 .required = true,
                 .help = "a run's folder, its name, or 'last'"},
                {.names = "--output,-o",
                 .value = "FOLDER",
                 .into = &options.output,
                 .takes = Takes::kFolder,
                 .help = "folder for reports of the new verdicts"},
            };
            return {.act = JudgeIt};
          }};
}

}  // namespace iff
