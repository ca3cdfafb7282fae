#include "harness/cli/play.h"

#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>

#include "harness/causes/gather.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/keep.h"
#include "harness/cli/live_line.h"
#include "harness/cli/report_arguments.h"
#include "harness/core/log.h"
#include "harness/core/version.h"
#include "harness/publish/event_stream.h"
#include "harness/publish/history.h"
#include "harness/publish/publish.h"
#include "harness/publish/shards.h"
#include "harness/publish/stored_runs.h"
#include "harness/run/result_compare.h"
#include "harness/run/result_merge.h"
#include "harness/session/coverage.h"
#include "reports/events.h"
#include "reports/summary.h"

namespace iff {
namespace {

void TellResult(Console& console, const ScenarioResult& result, size_t done, size_t all, bool verbose) {
  console.SayPainted(ProgressLine(result, done, all, console.colour()));
  if (!verbose) return;
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      console.Say("      " + std::string(Name(check.verdict)) + "  " + check.id +
                  (check.verdict == Verdict::kPassed || check.reason.empty() ? "" : ": " + check.reason));
    }
  }
}

// How far a run is: who plays since when.
class Score {
 public:
  Score(Console& console, size_t all, bool verbose) : console_(console), all_(all), verbose_(verbose) {}

  void Tell(const Scenario& scenario, const ScenarioResult* result) {
    const std::lock_guard lock(mutex_);
    if (result == nullptr) {
      playing_[scenario.id] = std::chrono::steady_clock::now();
      return;
    }
    playing_.erase(scenario.id);
    if (result->verdict() == Verdict::kFailed || result->verdict() == Verdict::kErrored) ++wanting_;
    TellResult(console_, *result, ++done_, all_, verbose_);
  }

  // "12 of 43, 1 wanting: isolation/matrix@jira 2.1 s, tokens/times@github 0.3 s"
  std::string Line() const {
    const std::lock_guard lock(mutex_);
    std::string text = std::to_string(done_) + " of " + std::to_string(all_);
    if (wanting_ > 0) text += ", " + std::to_string(wanting_) + " not passed";
    std::string who;
    for (const auto& [id, since] : playing_) who += (who.empty() ? ": " : ", ") + id + " " + SecondsSince(since);
    return text + who;
  }

 private:
  Console& console_;
  const size_t all_;
  const bool verbose_;
  mutable std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> playing_;
  size_t done_ = 0;
  size_t wanting_ = 0;
};

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

// The process that traces `pid`, 0 for none.
int TracerOf(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; in >> word;) {
    int tracer = 0;
    if (word == "TracerPid:" && in >> tracer) return tracer;
  }
  return 0;
}

void AwaitDebugger(const Call& call, Sandbox& sandbox) {
  Service* server = sandbox.process().service();
  if (server == nullptr) {
    call.console.Say(sandbox.target().name + " was not launched by us: there is nothing to attach to");
    return;
  }
  call.console.Say(sandbox.target().name + " waits for a debugger:  gdb -p " + std::to_string(server->pid()));
  (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()), [&]() -> Result<bool> {
    return call.cancelled || server->exited() || TracerOf(server->pid()) != 0;
  });
}

}  // namespace

Result<void> CheckRunArguments(const Call& call, const std::string& shard) {
  const Options& options = call.options;
  const bool contained = options.target_in == "docker" || (options.in == "docker" && options.target_in.empty());
  if (options.debug_server && contained) {
    return Error(ErrorKind::kInvalidInput, "--debug-server needs the server as a process: add --target-in native");
  }
  if (!options.attached.empty() && (!options.in.empty() || !options.target_in.empty() || !options.mutant.empty())) {
    return Error(ErrorKind::kInvalidInput,
                 "--attached starts nothing, so --in, --target-in and --mutant have no place beside it");
  }
  if (options.keep_on_failure && (options.json || options.events == "-")) {
    return Error(ErrorKind::kInvalidInput,
                 std::string("--keep-on-failure talks where ") + (options.json ? "--json" : "--events -") +
                     " would write for programs: leave one of them out; the same is in the report's folder (" +
                     (options.json ? "result.json" : "--events FILE") + ")");
  }
  TRY(ExtrasFor(call, shard));
  return {};
}

Result<RunFiles> ReadRunFiles(const Call& call, const SessionOptions& options, const System& system) {
  RunFiles files;
  files.selection = TRY(LoadSelection(options, system, call.services.probes,
                                      {.selectors = call.options.selectors, .targets = call.options.targets}));
  files.claims = TRY(HeldClaims(system, options.places, call.options.accepts));
  return files;
}

int PlaySelected(const Call& call, Session& session, const std::string& shard, const RunFiles* read) {
  const Options& options = call.options;
  Console& console = call.console;
  RunRequest request{.selectors = options.selectors,
                     .targets = options.targets,
                     .mutant = options.mutant,
                     .seed = static_cast<uint64_t>(options.seed),
                     .jobs = options.jobs,
                     .fresh_targets = options.fresh_targets || options.keep_on_failure || options.debug_server,
                     .one_begins = read != nullptr,
                     .began = call.began,
                     .cancelled = &call.cancelled};
  // One at a time where somebody is to look into it.
  if (options.keep_on_failure || options.debug_server) request.jobs = 1;
  // What the stand-ins were asked is then one scenario's alone.
  if (!session.options().attached.empty()) request.jobs = 1;
  request.in_sandbox = [&](Sandbox& sandbox, const ScenarioResult* result) {
    if (result == nullptr) {
      if (options.debug_server) AwaitDebugger(call, sandbox);
    } else if (options.keep_on_failure &&
               (result->verdict() == Verdict::kFailed || result->verdict() == Verdict::kErrored)) {
      KeepSandbox(call, session, sandbox, *result);
    }
  };
  std::optional<RunFiles> now;
  if (read == nullptr) {
    Result<RunFiles> files = ReadRunFiles(call, session.options(), session.system());
    if (!files.ok()) return Complain(console, files.error());
    read = &now.emplace(std::move(files).value());
  }
  const Result<Extras> extras = ExtrasFor(call, shard);
  if (!extras.ok()) return Complain(console, extras.error());
  std::unique_ptr<EventStream> events;
  if (!options.events.empty()) {
    const std::string where = options.events == "-" ? "-" : WhereTyped(options, options.events);
    Result<std::unique_ptr<EventStream>> opened = EventStream::Open(where, console.descriptor(), session.redactor());
    if (!opened.ok()) return Complain(console, opened.error());
    events = std::move(opened).value();
  }
  const std::vector<Scenario> scenarios = PartOf(read->selection.scenarios, extras->shard);
  const bool told = Speaks(options);
  const size_t all = scenarios.size();
  size_t done = 0;
  Score score(console, all, options.verbose);
  if (told) console.Say("running " + std::to_string(all) + " scenarios");
  if (events != nullptr) events->Write(RunStartedEvent(session.system().name, AsTyped(call.arguments), all));
  request.on_scenario = [&](const Scenario& scenario, const ScenarioResult* result) {
    if (result != nullptr) ++done;
    if (events != nullptr) {
      events->Write(result == nullptr ? ScenarioStartedEvent(scenario.id, scenario.title)
                                      : ScenarioFinishedEvents(*result, done, all));
    }
    if (told) score.Tell(scenario, result);
  };
  request.on_wait = [&] {
    if (told)
      console.Say(
          "what is left plays alone: it waits for others on this environment ('iff status' shows open prompts)");
  };
  RunResult run;
  {
    // The foot of the terminal belongs to the prompt.
    const std::function<std::string()> line = [&] { return score.Line(); };
    const LiveLine live(console, told && !options.keep_on_failure ? line : nullptr);
    run = session.Run(scenarios, request);
  }
  run.command = AsTyped(call.arguments);
  run.program = ProgramAsTyped(options);
  run.version = kVersion;
  run.claims = read->claims;
  run.narrowed = !options.selectors.empty() || !options.targets.empty();
  NotePlaces(read->selection.scenarios, extras->shard, run);
  // Only now: while scenarios wait for a processor there is none to spare.
  if (run.totals().failed > 0 || !run.accepted.empty()) {
    const Result<CauseCatalogue> causes = LoadCauses(session.options().places.root);
    if (causes.ok()) {
      NameCauses(*causes, run);
    } else {
      Log(LogLevel::kWarning, "causes-not-told", {{"error", causes.error().message()}});
    }
  }
  const Result<Coverage> coverage = CoverageOf(read->selection.suites, session.options().places);
  if (coverage.ok()) {
    run.clauses = HeldClauses(*coverage);
  } else {
    Log(LogLevel::kWarning, "clauses-not-told", {{"error", coverage.error().message()}});
  }
  if (extras->baseline) run.compared = Compare(*extras->baseline, run);
  if (events != nullptr) events->Write(RunFinishedEvent(run));

  const std::string directory =
      options.output.empty() ? session.options().places.ReportsFolder() + "/" + run.id : options.output;
  PublishOptions publish = PublishOptionsFor(options);
  publish.also_read = session.FilesToRead();
  const Result<void> published = Publish(run, session.redactor(), directory, publish);
  // What may not be published is not printed either.
  if (!published.ok() && published.error().kind() == ErrorKind::kRefused) return Complain(console, published.error());
  if (options.mutant.empty()) {  // a broken server says nothing about how steady the scenarios are
    const Result<void> kept = AppendHistory(HistoryPath(session.options().places.ReportsFolder()), run);
    if (!kept.ok()) Log(LogLevel::kWarning, "history-not-kept", {{"error", kept.error().message()}});
  }
  if (options.json) {
    console.Say(DumpPretty(ToJson(run)));
  } else if (options.events != "-") {
    std::ostringstream summary;
    SummaryOptions told_so{.colour = console.colour(), .quiet = options.quiet, .verbose = options.verbose};
    if (console.terminal()) told_so.width = console.width();
    if (published.ok()) {
      told_so.report = FirstOf(directory, publish);
      told_so.run = options.output.empty() ? run.id : directory;
    }
    WriteSummary(run, told_so, summary);
    std::string text = summary.str();
    while (text.ends_with('\n')) text.pop_back();
    console.SayPainted(text);
  }
  if (!published.ok()) {
    Complain(console, published.error());
    return static_cast<int>(ExitCode::kErrored);
  }
  return static_cast<int>(run.exit_code());
}

}  // namespace iff
