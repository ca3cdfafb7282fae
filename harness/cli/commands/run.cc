#include <filesystem>
#include <sstream>

#include "harness/cli/carry.h"
#include "harness/cli/publish.h"
#include "harness/cli/stored.h"
#include "harness/core/log.h"
#include "harness/run/history.h"
#include "reports/summary.h"

#ifndef IFF_VERSION
#define IFF_VERSION "0.1.0"
#endif

namespace iff {
namespace {

namespace fs = std::filesystem;

// A mistake in a file is told before anything is started.
std::optional<int> LookAtFiles(const Call& call) {
  const SessionOptions session_options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(call.voice, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session_options, *system, call.workshop.probes);
  if (!suites.ok()) return Complain(call.voice, suites.error());
  const Result<std::vector<Scenario>> selected =
      SelectScenarios(*suites, {.selectors = call.options.selectors, .targets = call.options.targets});
  if (!selected.ok()) return Complain(call.voice, selected.error());
  return {};
}

// Runs on a session that is there, reports, answers the exit code.
int RunOn(const Call& call, Session& session) {
  const Options& options = call.options;
  Voice& voice = call.voice;
  RunRequest request{.selectors = options.selectors,
                     .targets = options.targets,
                     .mutant = options.mutant,
                     .jobs = options.jobs,
                     .began = call.began,
                     .cancelled = &call.cancelled};
  Result<std::vector<Scenario>> scenarios = session.Select(request);
  if (!scenarios.ok()) return Complain(voice, scenarios.error());
  size_t done = 0;
  const size_t all = scenarios->size();
  if (!options.quiet && !options.json) {
    voice.Say("running " + std::to_string(all) + " scenarios");
    request.on_scenario = [&](const Scenario&, const ScenarioResult* result) {
      if (result != nullptr) voice.Say(ProgressLine(*result, ++done, all, voice.colour()));
    };
  }
  RunResult run = session.Run(*scenarios, request);
  run.command = AsTyped(call.arguments);
  run.version = IFF_VERSION;

  const std::string directory =
      options.output.empty() ? session.options().places.root + "/reports/out/" + run.id : options.output;
  const Result<void> published = Publish(run, session.redactor(), directory, session.FilesToRead());
  if (published.ok() && !options.junit.empty()) {
    std::error_code problem;
    fs::copy_file(directory + "/junit.xml", options.junit, fs::copy_options::overwrite_existing, problem);
    if (problem) return Complain(voice, SystemError("write " + options.junit, problem.value()));
  }
  // What may not be published is not printed either.
  if (!published.ok() && published.error().kind() == ErrorKind::kRefused) return Complain(voice, published.error());
  if (options.mutant.empty()) {  // a broken server says nothing about how steady the scenarios are
    const Result<void> kept = AppendHistory(HistoryPath(session.options().places), run);
    if (!kept.ok()) Log(LogLevel::kWarning, "history-not-kept", {{"error", kept.error().message()}});
  }
  if (options.json) {
    voice.Say(DumpPretty(ToJson(run)));
  } else {
    std::ostringstream summary;
    WriteSummary(run, {.colour = voice.colour(), .quiet = options.quiet,
                       .report = published.ok() ? directory + "/report.html" : ""}, summary);
    std::string text = summary.str();
    while (text.ends_with('\n')) text.pop_back();
    voice.Say(text);
  }
  if (!published.ok()) {
    Complain(voice, published.error());
    return static_cast<int>(ExitCode::kErrored);
  }
  return static_cast<int>(run.exit_code());
}

}  // namespace

Command RunCommand() {
  return {.name = "run",
          .summary = "bring the stack up, run scenarios, report, take it down",
          .group = CommandGroup::kRun,
          .description = "Uses the environment that is up, if one is, unless --fresh, --vault or --set is given.",
          .examples = {{"iff run", "everything"},
                       {"iff run isolation tokens/expired", "a suite and a scenario"},
                       {"iff run --mutant accepts-expired tokens", "what a failure looks like"}},
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {
                {.names = "selection", .into = &options.selectors, .takes = Takes::kScenarios,
                 .help = "suites, scenario ids or files; all of them by default"},
                {.names = "--target", .value = "NAME", .into = &options.targets, .takes = Takes::kTargets,
                 .help = "only scenarios about this target (repeatable)"},
                {.names = "--mutant", .value = "NAME", .into = &options.mutant, .takes = Takes::kMutants,
                 .help = "launch this deliberately broken server in the target's place"},
                {.names = "--jobs,-j", .value = "N", .into = &options.jobs, .least = 1, .most = 64,
                 .help = "scenarios side by side"},
                {.names = "--output,-o", .value = "FOLDER", .into = &options.output, .takes = Takes::kFolder,
                 .help = "folder for the reports (default: reports/out/<run>)"},
                {.names = "--junit", .value = "FILE", .into = &options.junit, .takes = Takes::kFile,
                 .help = "write the JUnit file here as well"},
                {.names = "--fresh", .into = &options.fresh,
                 .help = "bring up an environment of its own even if one is up"},
            };
            return {.before = LookAtFiles, .on_environment = RunOn};
          }};
}

}  // namespace iff
