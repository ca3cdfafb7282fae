#include <memory>

#include "harness/cli/arguments.h"
#include "harness/cli/carry.h"
#include "harness/cli/fuzz.h"

namespace iff {

Command FuzzCommand() {
  return {.name = "fuzz",
          .summary = "bend valid tokens and requests at random, and see that nothing comes of it",
          .group = CommandGroup::kRun,
          .description =
              "Takes a token and a request that the server serves, changes something that matters, and judges as "
              "scenarios do: a bent token is refused, nothing of another person's comes back, nothing breaks, and "
              "the valid request is served before and after. Bounded, and the same for the same seed. What is "
              "found is written as a scenario that plays it again, and played once at once; kinds are shown once.",
          .examples = {{"iff fuzz --target jira --seconds 120", "for two minutes"},
                       {"iff fuzz --seed 4711 --count 200", "the cases of an earlier one"},
                       {"iff fuzz --mutant accepts-expired --target jira", "what a finding looks like"}},
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            const auto asked = std::make_shared<FuzzOptions>();
            arguments = {
                TargetsArgument(options),
                {.names = "--seconds",
                 .value = "N",
                 .into = &asked->seconds,
                 .least = 1,
                 .most = 86'400,
                 .help = "at most, for each target (default: 60)"},
                {.names = "--count",
                 .value = "N",
                 .into = &asked->count,
                 .least = 1,
                 .most = 1'000'000,
                 .help = "cases at most, for each target (default: 500)"},
                {.names = "--seed",
                 .value = "N",
                 .into = &asked->seed,
                 .least = 1,
                 .most = 2'000'000'000,
                 .help = "of an earlier one; any by default, and it is said"},
                MutantArgument(options),
                {.names = "--output,-o",
                 .value = "FOLDER",
                 .into = &options.output,
                 .takes = Takes::kFolder,
                 .help = "folder for the scenarios, below fuzz/ (default: that of the reports)"},
                FreshArgument(options),
            };
            return {
                .before = [](const Call& call) -> std::optional<int> {
                  const Result<System> system = LoadSystemFor(SessionOptionsFor(call));
                  const Result<void> fine =
                      system.ok() ? CheckFuzz(*system, call.options) : Result<void>(system.error());
                  return fine.ok() ? std::optional<int>() : Complain(call.voice, fine.error());
                },
                .on_environment = [asked](const Call& call, Session& session) { return Fuzz(call, session, *asked); }};
          }};
}

}  // namespace iff
