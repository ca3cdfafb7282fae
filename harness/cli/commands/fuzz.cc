#include <algorithm>
#include <cstdio>
#include <memory>

#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/core/plain.h"
#include "harness/prove/fuzz.h"

namespace iff {
namespace {

struct FuzzAsked {
  int seed = 0;  // 0: any; it is said
  int count = FuzzWish().count;
  int seconds = FuzzWish().seconds;
};

Json AsJson(const std::vector<Fuzzed>& all, uint64_t seed) {
  Json targets = Json::array();
  for (const Fuzzed& tried : all) {
    Json found = Json::array();
    for (const FuzzFinding& one : tried.found) {
      found.push_back({{"what", one.made.what},
                       {"kind", one.made.kind},
                       {"check", one.check},
                       {"reason", one.reason},
                       {"file", one.file},
                       {"seen_again", one.again}});
    }
    targets.push_back({{"target", tried.target},
                       {"tokens", tried.tokens},
                       {"requests", tried.requests},
                       {"found", found},
                       {"more", tried.more},
                       {"could_not", tried.could_not},
                       {"seconds", tried.took_s}});
  }
  return {{"seed", seed}, {"targets", targets}};
}

void Tell(const Call& call, const Fuzzed& tried, uint64_t seed) {
  for (const FuzzFinding& one : tried.found) {
    call.console.Say(std::string(one.again ? "FOUND" : "SEEN ONCE") + "  " + tried.target + "  " + one.check + ": " +
                     one.made.what);
    call.console.Say("       " + one.reason);
    call.console.Say("       iff run " + ShellWord(one.file) +
                     (call.options.mutant.empty() ? "" : " --mutant " + ShellWord(call.options.mutant)));
  }
  if (call.options.quiet && tried.found.empty() && tried.could_not.empty()) return;
  char took[32];
  snprintf(took, sizeof took, "%.1f s", tried.took_s);
  call.console.Say(
      tried.target + ": " + std::to_string(tried.tokens) + " tokens and " + std::to_string(tried.requests) +
      " requests bent in " + took + ", seed " + std::to_string(seed) + ": " +
      (tried.found.empty() ? "nothing found" : std::to_string(tried.found.size()) + " of different kinds found") +
      (tried.more > 0 ? ", and " + std::to_string(tried.more) + " like them" : ""));
  if (!tried.why_no_tokens.empty()) call.console.Say("  no token was bent: " + tried.why_no_tokens);
  if (!tried.could_not.empty()) call.console.Say("  could not go on: " + tried.could_not);
}

int FuzzOn(const Call& call, Session& session, const FuzzAsked& asked) {
  const FuzzWish wish{.targets = call.options.targets,
                      .mutant = call.options.mutant,
                      .output = call.options.output,
                      .seed = asked.seed == 0 ? DrawFuzzSeed() : static_cast<uint64_t>(asked.seed),
                      .count = asked.count,
                      .seconds = asked.seconds,
                      .cancelled = &call.cancelled};
  std::vector<Fuzzed> all;
  for (const std::string& name : FuzzTargets(session.system(), wish.targets)) {
    Result<Fuzzed> tried = FuzzTarget(session, call.services.probes, wish, name);
    if (!tried.ok()) {
      return Complain(call.console, Error(tried.error().kind(),
                                          "fuzz " + name + ": " + session.redactor().Mask(tried.error().message())));
    }
    if (!call.options.json) Tell(call, *tried, wish.seed);
    all.push_back(std::move(tried).value());
  }
  if (call.options.json) call.console.Say(DumpPretty(AsJson(all, wish.seed)));
  if (std::any_of(all.begin(), all.end(), [](const Fuzzed& one) { return one.Failed(); }))
    return static_cast<int>(ExitCode::kFailed);
  return std::all_of(all.begin(), all.end(), [](const Fuzzed& one) { return one.Judged(); }) ? 0 : kErrored;
}

}  // namespace

Command FuzzCommand() {
  return {.name = "fuzz",
          .summary = "bend valid tokens and requests at random, and see that nothing comes of it",
          .group = CommandGroup::kRun,
          .description =
              "Takes a token and a request that the server serves, changes something that matters, and judges as "
              "scenarios do: a bent token is refused, nothing of another person's comes back, nothing breaks, and "
              "the valid request is served before and after. Bounded, and the same for the same seed. What is "
              "found is written as a scenario that plays it again, and played once at once; kinds are shown once.",
          .examples = {{"iff fuzz --target NAME --seconds 120", "for two minutes"},
                       {"iff fuzz --seed 4711 --count 200", "the cases of an earlier one"},
                       {"iff fuzz --mutant accepts-expired --target NAME", "what a finding looks like"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto asked = std::make_shared<FuzzAsked>();
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
            return {.before = [](const Call& call) -> std::optional<int> {
                      const Result<System> system = LoadSystemFor(SessionOptionsFor(call));
                      const Result<void> fine =
                          system.ok() ? CheckFuzz(*system, call.options.targets) : Result<void>(system.error());
                      return fine.ok() ? std::optional<int>() : Complain(call.console, fine.error());
                    },
                    .on_environment = [asked](const Call& call,
                                              Session& session) { return FuzzOn(call, session, *asked); }};
          }};
}

}  // namespace iff
