#include "harness/cli/carry.h"

namespace iff {
namespace {

int Lint(const Call& call) {
  const SessionOptions session_options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(call.voice, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session_options, *system, call.workshop.probes);
  if (!suites.ok()) return Complain(call.voice, suites.error());
  size_t scenarios = 0;
  for (const Suite& suite : *suites) scenarios += suite.scenarios.size();
  call.voice.Say(std::to_string(suites->size()) + " suites, " + std::to_string(scenarios) + " scenarios: no mistakes");
  return 0;
}

}  // namespace

Command LintCommand() {
  return {.name = "lint",
          .summary = "mistakes in system and scenario files, each with line and caret",
          .group = CommandGroup::kLook,
          .declare = [](Options&, Arguments&) -> Deed { return {.act = Lint}; }};
}

}  // namespace iff
