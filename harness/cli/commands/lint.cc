#include "harness/cli/dispatch.h"

namespace iff {
namespace {

// A program gets the mistakes as one text, in which each has its line and caret.
int Wrong(const Call& call, const Error& error) {
  // What it is asked for, not an error of its own.
  call.console.Say(call.options.json ? DumpPretty({{"mistakes", error.message()}}) : "iff: " + error.message());
  return ExitCodeFor(error);
}

int Lint(const Call& call) {
  const SessionOptions session_options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Wrong(call, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session_options, *system, call.services.probes);
  if (!suites.ok()) return Wrong(call, suites.error());
  size_t scenarios = 0;
  for (const Suite& suite : *suites) {
    scenarios += suite.scenarios.size();
    if (call.options.verbose && !call.options.json)
      call.console.Say(suite.name + ": " + std::to_string(suite.scenarios.size()) + " scenarios");
  }
  if (call.options.json) {
    call.console.Say(DumpPretty({{"suites", suites->size()}, {"scenarios", scenarios}, {"mistakes", ""}}));
  } else {
    call.console.Say(std::to_string(suites->size()) + " suites, " + std::to_string(scenarios) +
                     " scenarios: no mistakes");
  }
  return 0;
}

}  // namespace

Command LintCommand() {
  return {.name = "lint",
          .summary = "mistakes in system and scenario files, each with line and caret",
          .group = CommandGroup::kLook,
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {{.names = "file",
                          .into = &options.system,
                          .takes = Takes::kFile,
                          .help = "the system file, or a folder's iff.yaml: as with --system"}};
            return {.act = Lint};
          }};
}

}  // namespace iff
