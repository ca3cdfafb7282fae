#include <cstdlib>

#include "harness/cli/command.h"
#include "harness/launch/launcher.h"

namespace iff {
namespace {

int Clean(const Call& call) {
  const Options& options = call.options;
  const char* temporary = std::getenv("TMPDIR");
  const std::vector<Leftover> leftovers = FindLeftovers(temporary == nullptr ? "/tmp" : temporary);
  const bool told = !options.quiet && !options.json;
  if (leftovers.empty() && told) call.voice.Say("nothing was left behind");
  Json list = Json::array();
  int code = 0;
  for (const Leftover& leftover : leftovers) {
    std::string line = leftover.run_directory;
    for (const int process : leftover.processes) line += " process " + std::to_string(process);
    const Result<void> removed = options.dry_run ? Result<void>() : Remove(leftover);
    list.push_back({{"folder", leftover.run_directory}, {"processes", leftover.processes}, {"removed", !options.dry_run && removed.ok()},
                    {"problem", removed.ok() ? "" : removed.error().message()}});
    if (!removed.ok()) code = options.json ? ExitCodeFor(removed.error()) : Complain(call.voice, removed.error());
    if (removed.ok() && told) call.voice.Say((options.dry_run ? "left behind: " : "removed: ") + line);
  }
  if (options.json) call.voice.Say(DumpPretty(list));
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
