#include <cstdlib>

#include "harness/cli/command.h"
#include "harness/launch/launcher.h"

namespace iff {
namespace {

int Clean(const Call& call) {
  const char* temporary = std::getenv("TMPDIR");
  const std::vector<Leftover> leftovers = FindLeftovers(temporary == nullptr ? "/tmp" : temporary);
  if (leftovers.empty()) call.voice.Say("nothing was left behind");
  int code = 0;
  for (const Leftover& leftover : leftovers) {
    std::string line = leftover.run_directory;
    for (const int process : leftover.processes) line += " process " + std::to_string(process);
    if (call.options.dry_run) {
      call.voice.Say("left behind: " + line);
      continue;
    }
    const Result<void> removed = Remove(leftover);
    if (!removed.ok()) code = Complain(call.voice, removed.error());
    if (removed.ok()) call.voice.Say("removed: " + line);
  }
  return code;
}

}  // namespace

Command CleanCommand() {
  return {.name = "clean",
          .summary = "remove what killed runs have left behind",
          .group = CommandGroup::kCare,
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {{.names = "--dry-run,-n", .into = &options.dry_run, .help = "show only"}};
            return {.act = Clean};
          }};
}

}  // namespace iff
