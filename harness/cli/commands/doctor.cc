#include "harness/cli/doctor.h"

#include "harness/cli/command.h"

namespace iff {
namespace {

int Examine(const Call& call) {
  const std::vector<Ailment> ailments = Diagnose(LookAtMachine(call.workshop.places.root, call.workshop.places.cache));
  bool grave = false;
  Json list = Json::array();
  for (const Ailment& ailment : ailments) {
    grave = grave || ailment.grave;
    list.push_back({{"grave", ailment.grave}, {"what", ailment.what}, {"mend", ailment.mend}});
    if (call.options.json || call.options.quiet) continue;
    call.voice.Say((ailment.grave ? "MISSING " : "note    ") + ailment.what);
    call.voice.Say("        mend: " + ailment.mend);
  }
  const EngineFindings engine = LookAtEngine(call.workshop.places.ForLaunchers(), SearchFromEnvironment());
  if (!call.options.json && !call.options.quiet) call.voice.Say("engine  " + engine.says);
  if (call.options.json) {
    const Json engine_json = {{"usable", engine.usable}, {"says", engine.says}};
    call.voice.Say(DumpPretty(Json{{"ready", !grave}, {"engine", engine_json}, {"ailments", list}}));
  } else {
    call.voice.Say(grave ? "this machine is not ready for a run" : "this machine is ready for a run");
  }
  return static_cast<int>(grave ? ExitCode::kErrored : ExitCode::kOk);
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
          .declare = [](Options&, Arguments&) -> Deed { return {.act = Examine}; }};
}

}  // namespace iff
