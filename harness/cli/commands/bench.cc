#include "harness/cli/bench.h"

#include "harness/cli/command.h"

namespace iff {
namespace {

int BenchOn(const Call& call, Session& session) {
  return Bench(session, call.workshop.measurements, call.options,
               [&](std::string_view line) { call.voice.Say(line); });
}

}  // namespace

Command BenchCommand() {
  return {.name = "bench",
          .summary = "latency of each hop of the authentication, and of the whole",
          .group = CommandGroup::kRun,
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {
                {.names = "--rounds", .value = "N", .into = &options.rounds, .least = 10, .most = 100'000,
                 .help = "samples of each measurement (default: 200)"},
                {.names = "--output,-o", .value = "FILE", .into = &options.output, .takes = Takes::kFile,
                 .help = "file for the JSON table"},
            };
            return {.on_environment = BenchOn};
          }};
}

}  // namespace iff
