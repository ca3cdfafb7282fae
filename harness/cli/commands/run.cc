#include <memory>
#include <sstream>

#include "harness/cli/carry.h"
#include "harness/cli/event_stream.h"
#include "harness/cli/merge.h"
#include "harness/cli/report_arguments.h"
#include "harness/run/result_compare.h"
#include "harness/run/result_merge.h"
#include "reports/events.h"
#include "reports/summary.h"

#ifndef IFF_VERSION
#define IFF_VERSION "0.1.0"
#endif

namespace iff {
namespace {

// What a run is asked for besides its scenarios.
struct Extras {
  Shard shard = {};
  std::optional<RunResult> baseline = {};
};

Result<Extras> ExtrasFor(const Call& call, const std::string& shard) {
  Extras extras;
  TRY(CheckForms(call.options));
  if (!shard.empty()) extras.shard = TRY(ParseShard(shard));
  const std::string& baseline = call.options.baseline;
  if (!baseline.empty()) extras.baseline = TRY(ReadRun(WhereTyped(call.options, baseline)).While("baseline"));
  return extras;
}

// Says what it is doing: nobody wants only the last line, or reads standard output as JSON.
bool Speaks(const Options& options) { return !options.quiet && !options.json && options.events != "-"; }

// A mistake in a file is told before anything is started.
std::optional<int> LookAtFiles(const Call& call, const std::string& shard) {
  const Result<Extras> extras = ExtrasFor(call, shard);
  if (!extras.ok()) return Complain(call.voice, extras.error());
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
int RunOn(const Call& call, const std::string& shard, Session& session) {
  const Options& options = call.options;
  Voice& voice = call.voice;
  RunRequest request{.selectors = options.selectors,
                     .targets = options.targets,
                     .mutant = options.mutant,
                     .jobs = options.jobs,
                     .began = call.began,
                     .cancelled = &call.cancelled};
  const Result<std::vector<Scenario>> whole = session.Select(request);
  if (!whole.ok()) return Complain(voice, whole.error());
  const Result<Extras> extras = ExtrasFor(call, shard);
  if (!extras.ok()) return Complain(voice, extras.error());
  std::unique_ptr<EventStream> events;
  if (!options.events.empty()) {
    const std::string where = options.events == "-" ? "-" : WhereTyped(options, options.events);
    Result<std::unique_ptr<EventStream>> opened = EventStream::Open(where, voice.descriptor(), session.redactor());
    if (!opened.ok()) return Complain(voice, opened.error());
    events = std::move(opened).value();
  }
  const std::vector<Scenario> scenarios = PartOf(*whole, extras->shard);
  const bool speaks = Speaks(options);
  size_t done = 0;
  const size_t all = scenarios.size();
  if (speaks) voice.Say("running " + std::to_string(all) + " scenarios");
  if (events != nullptr) events->Write(RunStartedEvent(session.system().name, AsTyped(call.arguments), all));
  request.on_scenario = [&](const Scenario& scenario, const ScenarioResult* result) {
    if (result != nullptr) ++done;
    if (events != nullptr) {
      events->Write(result == nullptr ? ScenarioStartedEvent(scenario.id, scenario.title)
                                      : ScenarioFinishedEvents(*result, done, all));
    }
    if (result != nullptr && speaks) voice.Say(ProgressLine(*result, done, all, voice.colour()));
  };
  RunResult run = session.Run(scenarios, request);
  run.command = AsTyped(call.arguments);
  run.version = IFF_VERSION;
  run.narrowed = !options.selectors.empty() || !options.targets.empty();
  NotePlaces(*whole, extras->shard, run);
  if (extras->baseline) run.compared = Compare(*extras->baseline, run);
  if (events != nullptr) events->Write(RunFinishedEvent(run));

  const std::string directory =
      options.output.empty() ? session.options().places.root + "/reports/out/" + run.id : options.output;
  const PublishOptions publish = PublishOptionsFor(options);
  const Result<void> published = Publish(run, session.redactor(), directory, publish);
  // What may not be published is not printed either.
  if (!published.ok() && published.error().kind() == ErrorKind::kRefused) return Complain(voice, published.error());
  if (options.json) {
    voice.Say(DumpPretty(ToJson(run)));
  } else if (options.events != "-") {
    std::ostringstream summary;
    WriteSummary(run, {.colour = voice.colour(), .quiet = options.quiet,
                       .report = published.ok() ? FirstOf(directory, publish) : ""}, summary);
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
            const auto shard = std::make_shared<std::string>();  // "3/8"
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
                {.names = "--events", .value = "FILE|-", .into = &options.events,
                 .help = "JSON lines while it runs, into a file or to standard output"},
                {.names = "--shard", .value = "I/N", .into = shard.get(),
                 .help = "only part I of N, by the scenarios' ids; 'iff merge' puts the parts together"},
                {.names = "--fresh", .into = &options.fresh,
                 .help = "bring up an environment of its own even if one is up"},
            };
            AddReportArguments(options, arguments);
            AddBaselineArgument(options, arguments);
            return {.before = [shard](const Call& call) { return LookAtFiles(call, *shard); },
                    .on_environment = [shard](const Call& call, Session& session) { return RunOn(call, *shard, session); }};
          }};
}

}  // namespace iff
