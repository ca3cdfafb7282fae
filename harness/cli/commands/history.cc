#include "harness/cli/dispatch.h"
#include "harness/cli/stored.h"

namespace iff {
namespace {

int History(const Call& call) {
  return TellHistory(SessionOptionsFor(call).places, call.options, Messages(call.console));
}

}  // namespace

Command HistoryCommand() {
  return {.name = "history",
          .summary = "what became of scenarios over all runs: flaky, new, fixed, regressed",
          .group = CommandGroup::kLook,
          .description =
              "How often each was bad, with the interval that holds its rate with 95% confidence, and since "
              "which run. Runs of broken servers do not count.",
          .examples = {{"iff history", "those that were ever bad"}, {"iff history isolation", "all of a suite"}},
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {
                {.names = "selection",
                 .into = &options.selectors,
                 .takes = Takes::kScenarios,
                 .help = "suites or scenario ids; by default those that were ever bad"},
            };
            return {.act = History};
          }};
}

}  // namespace iff
