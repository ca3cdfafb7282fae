#include "harness/cli/arguments.h"
#include "harness/cli/mutants.h"

#include "harness/cli/command.h"

namespace iff {
namespace {

int MutantsOn(const Call& call, Session& session) {
  return Mutants(session, call.options, call.cancelled, [&](std::string_view line) { call.voice.Say(line); });
}

}  // namespace

Command MutantsCommand() {
  return {.name = "mutants",
          .summary = "run the suites against every broken server: which check catches which",
          .group = CommandGroup::kRun,
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {
                {.names = "names", .into = &options.selectors, .takes = Takes::kMutants,
                 .help = "mutants; all of them by default"},
                JobsArgument(options),
                {.names = "--output,-o", .value = "FILE", .into = &options.output, .takes = Takes::kFile,
                 .help = "file for the table"},
            };
            return {.on_environment = MutantsOn};
          }};
}

}  // namespace iff
