#include "harness/cli/doctor.h"

#include "harness/cli/command.h"

namespace iff {
namespace {

int Examine(const Call& call) {
  const std::vector<Problem> problems =
      Diagnose(LookAtMachine(call.services.driver_registry, call.services.places.root, call.services.places.cache));
  bool blocking = false;
  Json list = Json::array();
  for (const Problem& problem : problems) {
    blocking = blocking || problem.blocking;
    list.push_back({{"blocking", problem.blocking}, {"what", problem.what}, {"fix", problem.fix}});
    if (call.options.json || call.options.quiet) continue;
    call.console.Say((problem.blocking ? "MISSING " : "note    ") + problem.what);
    call.console.Say("        mend: " + problem.fix);
  }
  const EngineFindings engine = LookAtEngine(call.services.places.ForLaunchers(), SearchFromEnvironment());
  if (!call.options.json && !call.options.quiet) call.console.Say("engine  " + engine.says);
  if (call.options.json) {
    const Json engine_json = {{"usable", engine.usable}, {"says", engine.says}};
    call.console.Say(DumpPretty(Json{{"ready", !blocking}, {"engine", engine_json}, {"problems", list}}));
  } else {
    call.console.Say(blocking ? "this machine is not ready for a run" : "this machine is ready for a run");
  }
  return static_cast<int>(blocking ? ExitCode::kErrored : ExitCode::kOk);
}

}  // namespace

Command DoctorCommand() {
  return {.name = "doctor",
          .summary = "what this machine lacks for a run, and the command that mends it",
          .group = CommandGroup::kCare,
          .description =
              "Looks at packages, components, disk, memory, limits of the kernel, ports and what killed runs "
              "left behind, and names the container engine, which only --in docker needs. Ends with 2 when a "
              "run would not work.",
          .shared = Shared::kOutput,
          .declare = [](Options&, Arguments&) -> CommandAction { return {.act = Examine}; }};
}

}  // namespace iff
