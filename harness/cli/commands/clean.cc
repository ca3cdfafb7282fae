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

  // `told` is the line about it, `entry` what the JSON list holds of it.
  void Settle(const std::string& line, Json entry, const std::function<Result<void>()>& remove) {
    found_ = true;
    const bool look_only = call_.options.dry_run;
    const Result<void> removed = look_only ? Result<void>() : remove();
    entry["removed"] = !look_only && removed.ok();
    entry["problem"] = removed.ok() ? "" : removed.error().message();
    list_.push_back(std::move(entry));
    if (!removed.ok()) Problem(removed.error());
    if (removed.ok() && told()) call_.console.Say((look_only ? "left behind: " : "removed: ") + line);
  }
  void Problem(const Error& error) {
    code_ = call_.options.json ? ExitCodeFor(error) : Complain(call_.console, error);
    whole_ = false;
  }
  int Conclude() const {
    if (!found_ && whole_ && told()) call_.console.Say("nothing was left behind");
    if (call_.options.json) call_.console.Say(DumpPretty(list_));
    return code_;
  }

 private:
  bool told() const { return !call_.options.quiet && !call_.options.json; }

  const Call& call_;
  Json list_ = Json::array();
  bool found_ = false;
  bool whole_ = true;
  int code_ = 0;
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
    tally.Settle(line,
                 {{"run", leftover.run},
                  {"containers", leftover.containers},
                  {"networks", leftover.networks},
                  {"volumes", leftover.volumes}},
                 [&] { return Remove(engine, leftover); });
  }
  return {};
}

int Clean(const Call& call) {
  Tally tally(call);
  const Result<void> asked = CleanEngine(tally);
  if (!asked.ok()) tally.Problem(asked.error());
  const char* temporary = std::getenv("TMPDIR");
  for (const Leftover& leftover : FindLeftovers(temporary == nullptr ? "/tmp" : temporary)) {
    std::string line = leftover.run_directory;
    for (const int process : leftover.processes) line += " process " + std::to_string(process);
    tally.Settle(line, {{"folder", leftover.run_directory}, {"processes", leftover.processes}},
                 [&] { return Remove(leftover); });
  }
  return tally.Conclude();
}

}  // namespace

Command CleanCommand() {
  return {.name = "clean",
          .summary = "remove what killed runs have left behind",
          .group = CommandGroup::kCare,
          .description =
              "Processes and run directories; and, of the container engine, if there is one, containers, "
              "networks and volumes of runs that are over.",
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {{.names = "--dry-run,-n", .into = &options.dry_run, .help = "show only"}};
            return {.act = Clean};
          }};
}

}  // namespace iff
