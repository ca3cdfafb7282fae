#include "bench/command/bench.h"

#include <filesystem>
#include <memory>

#include "bench/command/compare.h"
#include "harness/cli/command.h"

namespace iff {
namespace {

bool IsStored(const std::string& compared) { return compared.ends_with(".json"); }

// A mistake is told before anything is started. Another revision needs no environment: both builds are measured alone.
std::optional<int> Before(const Call& call, const BenchOptions& bench) {
  const Result<BenchNumbers> numbers = NumbersOf(bench);
  if (!numbers.ok()) return Complain(call.console, numbers.error());
  if (bench.compare.empty() || IsStored(bench.compare)) return {};
  return Complain(call.console, BecomeComparison(call.services.places.root, bench.compare));
}

}  // namespace

Command BenchCommand() {
  return {.name = "bench",
          .summary = "what authentication costs: each hop, whole calls, a server under load",
          .group = CommandGroup::kRun,
          .description =
              "Measures 'hops' (each alone), 'chain' (whole calls, hop by hop) and 'load' (the target under load, "
              "in the closed and the open model). docs/performance.md says how the figures are taken.",
          .examples = {{"iff bench chain load --output bench.json", "two groups, stored, with a page beside it"},
                       {"iff bench --compare main~5", "is the runtime slower than it was?"},
                       {"iff bench load --compare bench.json", "is this slower than what was stored?"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto bench = std::make_shared<BenchOptions>();
            arguments = {
                {.names = "measurements",
                 .into = &options.selectors,
                 .help = "hops, chain, load, or a hop's name; all by default"},
                {.names = "--target",
                 .value = "TARGET",
                 .into = &options.targets,
                 .takes = Takes::kTargets,
                 .help = "whose chain and load (repeatable; default: the first that fits)"},
                {.names = "--operation",
                 .value = "NAME",
                 .into = &bench->operation,
                 .help = "what is called (default: read_own)"},
                {.names = "--rounds",
                 .value = "N",
                 .into = &bench->rounds,
                 .least = 10,
                 .most = 100'000,
                 .help = "samples of each hop (default: 100 to 10000)"},
                {.names = "--callers",
                 .value = "N,N",
                 .into = &bench->callers,
                 .help = "closed model: concurrent callers, a row each (default: 1,8,64,256)"},
                {.names = "--rate",
                 .value = "N,N",
                 .into = &bench->rates,
                 .help = "open model: calls per second, a row each (default: shares of the peak)"},
                {.names = "--identities",
                 .value = "N,N",
                 .into = &bench->identities,
                 .help = "how many people call, a row of load each (default: 10)"},
                {.names = "--seconds",
                 .value = "N",
                 .into = &bench->seconds,
                 .least = 1,
                 .most = 600,
                 .help = "each row of load (default: 2)"},
                {.names = "--no-pin",
                 .into = &bench->unpinned,
                 .help = "leave target and driver on whatever core they get"},
                {.names = "--awake",
                 .into = &bench->awake,
                 .help = "keep the cores awake with spinners of the lowest priority"},
                {.names = "--output,-o",
                 .value = "FILE",
                 .into = &options.output,
                 .takes = Takes::kFile,
                 .help = "file for the JSON; a page is drawn beside it"},
                {.names = "--compare",
                 .value = "REF|FILE.json",
                 .into = &bench->compare,
                 .help = "is it slower than another revision's build, or than a stored result?"},
            };
            return {.before = [bench](const Call& call) { return Before(call, *bench); },
                    .on_environment =
                        [bench](const Call& call, Session& session) {
                          BenchOptions told = *bench;
                          const std::filesystem::path folder = call.options.folder.empty()
                                                                   ? std::filesystem::current_path()
                                                                   : std::filesystem::path(call.options.folder);
                          if (!told.compare.empty()) told.compare = (folder / told.compare).lexically_normal().string();
                          return Bench(session, call.services.measurements, call.options, told, Messages(call.console));
                        }};
          }};
}

}  // namespace iff
