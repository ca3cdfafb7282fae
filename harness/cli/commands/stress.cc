#include "harness/cli/stress.h"
#include "harness/cli/arguments.h"
#include "harness/cli/command.h"

namespace iff {
namespace {

int StressOn(const Call& call, Session& session, const StressOptions& how) {
  return Stress(session, call.options, how, call.cancelled, Speech(call.voice));
}

}  // namespace

Command StressCommand() {
  return {
      .name = "stress",
      .summary = "play scenarios again and again, in another order each time",
      .group = CommandGroup::kRun,
      .description =
          "Order, number side by side and what is drawn within scenarios come from a seed, which is told; each round "
          "can be had again by itself. Whatever passes later, a failure of any round is what it answers.",
      .examples = {{"iff stress isolation/matrix --until-fail", "until the first failure, which is reported"},
                   {"iff stress isolation --rounds 20 --seed 4711", "the orders of an earlier one"},
                   {"iff stress --rounds 50 --take 5", "five of all scenarios each round, drawn by lot"}},
      .declare = [](Options& options, Arguments& arguments) -> Deed {
        const auto how = std::make_shared<StressOptions>();
        arguments = {
            {.names = "selection",
             .into = &options.selectors,
             .takes = Takes::kScenarios,
             .help = "suites, scenario ids or files; all of them by default"},
            TargetsArgument(options),
            {.names = "--until-fail", .into = &options.until_fail, .help = "stop at the first failure and report it"},
            {.names = "--rounds",
             .value = "N",
             .into = &options.rounds,
             .least = 1,
             .most = 1'000'000,
             .help = "how often (default: 100)"},
            {.names = "--take",
             .value = "N",
             .into = &how->take,
             .least = 1,
             .help = "scenarios a round plays, drawn by lot (default: all that are selected)"},
            {.names = "--seed",
             .value = "N",
             .into = &options.seed,
             .least = 1,
             .most = 2'000'000'000,
             .help = "the order of an earlier stress"},
            MutantArgument(options),
            {.names = "--jobs,-j",
             .value = "N",
             .into = &how->jobs,
             .least = 1,
             .most = 64,
             .help = "scenarios side by side (default: 1 to 4, drawn by lot each round)"},
            {.names = "--output,-o",
             .value = "FOLDER",
             .into = &options.output,
             .takes = Takes::kFolder,
             .help = "folder for the report of the failure"},
            FreshArgument(options),
        };
        return {.on_environment = [how](const Call& call, Session& session) { return StressOn(call, session, *how); }};
      }};
}

}  // namespace iff
