#include "harness/cli/arguments.h"
#include "harness/cli/command.h"
#include "harness/cli/stored.h"

namespace iff {
namespace {

int StressOn(const Call& call, Session& session) {
  return Stress(session, call.options, call.cancelled, [&](std::string_view line) { call.voice.Say(line); });
}

}  // namespace

Command StressCommand() {
  return {.name = "stress",
          .summary = "play scenarios again and again, in another order each time",
          .group = CommandGroup::kRun,
          .description = "Whatever passes later, a failure of any round is what it answers.",
          .examples = {{"iff stress isolation/matrix --until-fail", "until the first failure, which is reported"},
                       {"iff stress isolation --rounds 20 --seed 4711", "the orders of an earlier one"}},
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {
                {.names = "selection", .into = &options.selectors, .takes = Takes::kScenarios, .required = true,
                 .help = "suites, scenario ids or files"},
                {.names = "--until-fail", .into = &options.until_fail, .help = "stop at the first failure and report it"},
                {.names = "--rounds", .value = "N", .into = &options.rounds, .least = 1, .most = 1'000'000,
                 .help = "how often (default: 100)"},
                {.names = "--seed", .value = "N", .into = &options.seed, .least = 1, .most = 2'000'000'000,
                 .help = "the order of an earlier stress"},
                MutantArgument(options),
                JobsArgument(options),
                {.names = "--output,-o", .value = "FOLDER", .into = &options.output, .takes = Takes::kFolder,
                 .help = "folder for the report of the failure"},
                FreshArgument(options),
            };
            return {.on_environment = StressOn};
          }};
}

}  // namespace iff
