#include <cstdlib>
#include <functional>

#include "harness/cli/command.h"
#include "harness/container/container_launcher.h"
#include "harness/launch/launcher.h"

namespace iff {
namespace {

// What was found and what came of it.
class Tally {
 public:
  explicit Tally(const Call& call) : call_(call) {}

  void Settle(const std::string& line, const std::function<Result<void>()>& remove) {
    found_ = true;
    if (call_.options.dry_run) {
      call_.voice.Say("left behind: " + line);
      return;
    }
    const Result<void> removed = remove();
    if (!removed.ok()) code = Complain(call_.voice, removed.error());
    if (removed.ok()) call_.voice.Say("removed: " + line);
  }
  bool found() const { return found_; }

  int code = 0;

 private:
  const Call& call_;
  bool found_ = false;
};

// Before the run directories, in which containers work.
Result<void> CleanEngine(Tally& tally) {
  const EngineSearch search = SearchFromEnvironment();
  const Result<Endpoint> endpoint = FindEngine(search);
  // Without an engine there are no containers; a named one that cannot be asked may well have some.
  if (!endpoint.ok()) return search.docker_host.empty() ? Result<void>() : Result<void>(endpoint.error());
  Engine engine(*endpoint);
  const Result<EngineVersion> version = engine.Version();
  if (!version.ok()) return version.error().While("look for containers");
  const std::vector<LeftoverContainers> leftovers = TRY(FindLeftoverContainers(engine));
  for (const LeftoverContainers& leftover : leftovers) {
    std::string line = "containers of " + leftover.run + ":";
    for (const std::string& id : leftover.containers) line += " container " + id.substr(0, 12);
    for (const std::string& name : leftover.networks) line += " network " + name;
    for (const std::string& name : leftover.volumes) line += " volume " + name;
    tally.Settle(line, [&] { return Remove(engine, leftover); });
  }
  return {};
}

int Clean(const Call& call) {
  Tally tally(call);
  const Result<void> asked = CleanEngine(tally);
  if (!asked.ok()) tally.code = Complain(call.voice, asked.error());
  const char* temporary = std::getenv("TMPDIR");
  for (const Leftover& leftover : FindLeftovers(temporary == nullptr ? "/tmp" : temporary)) {
    std::string line = leftover.run_directory;
    for (const int process : leftover.processes) line += " process " + std::to_string(process);
    tally.Settle(line, [&] { return Remove(leftover); });
  }
  if (!tally.found() && asked.ok()) call.voice.Say("nothing was left behind");
  return tally.code;
}

}  // namespace

Command CleanCommand() {
  return {.name = "clean",
          .summary = "remove what killed runs have left behind",
          .group = CommandGroup::kCare,
          .description = "Processes and run directories; and, of the container engine, if there is one, containers, "
                         "networks and volumes of runs that are over.",
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {{.names = "--dry-run,-n", .into = &options.dry_run, .help = "show only"}};
            return {.act = Clean};
          }};
}

}  // namespace iff
