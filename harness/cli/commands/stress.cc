#include "harness/prove/stress.h"
#include "harness/cli/arguments.h"
#include "harness/cli/command.h"
#include "harness/cli/stored.h"

namespace iff {
namespace {

struct StressAsked {
  int take = 0;
  int jobs = 0;
};

int StressOn(const Call& call, Session& session, const StressAsked& how) {
  const Options& options = call.options;
  Console& console = call.console;
  StressWish wish{.request = {.selectors = options.selectors,
                              .targets = options.targets,
                              .mutant = options.mutant,
                              .fresh_targets = options.fresh_targets,
                              .cancelled = &call.cancelled},
                  .seed = options.seed,
                  .take = how.take,
                  .jobs = how.jobs,
                  .until_fail = options.until_fail,
                  .output = options.output};
  if (options.rounds > 0) wish.rounds = options.rounds;
  StressProgress progress;
  if (!options.quiet && !options.json) {
    progress.on_line = [&](std::string_view line) { console.Say(line); };
    progress.on_way = [&](int round, const StressTotals& so_far) {
      console.Say(std::to_string(round) + " of " + std::to_string(wish.rounds) +
                  " rounds: " + std::to_string(so_far.played) + " played, " + std::to_string(so_far.bad) + " bad");
    };
    if (options.verbose)
      progress.on_good = [&](int round) { console.Say("round " + std::to_string(round) + ": all good"); };
  }
  const Result<StressTotals> totals = Stress(session, wish, progress);
  if (!totals.ok()) return Complain(console, totals.error());
  if (!totals->published.ok()) (void)Complain(console, totals->published.error());
  if (options.json) {
    console.Say(session.redactor().Mask(DumpPretty({{"played", totals->played},
                                                    {"bad", totals->bad},
                                                    {"inapplicable", totals->inapplicable},
                                                    {"rate", totals->rate.rate},
                                                    {"low", totals->rate.low},
                                                    {"high", totals->rate.high},
                                                    {"seed", totals->seed},
                                                    {"first", totals->first},
                                                    {"report", totals->report},
                                                    {"exit_code", totals->exit_code}})));
    return totals->exit_code;
  }
  console.Say(std::to_string(totals->played) + " played, " + std::to_string(totals->bad) + " bad: " +
              Percent(totals->rate.rate) + " (" + Percent(totals->rate.low) + " to " + Percent(totals->rate.high) +
              ")" + (totals->inapplicable > 0 ? "; " + std::to_string(totals->inapplicable) + " did not apply" : "") +
              (call.cancelled ? "; interrupted" : "") + "; --seed " + std::to_string(totals->seed) +
              " plays them in the same order");
  return totals->exit_code;
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
      .declare = [](Options& options, Arguments& arguments) -> CommandAction {
        const auto how = std::make_shared<StressAsked>();
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
            FreshTargetsArgument(options),
            FreshArgument(options),
        };
        return {.on_environment = [how](const Call& call, Session& session) { return StressOn(call, session, *how); }};
      }};
}

}  // namespace iff
