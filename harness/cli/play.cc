#include "harness/cli/play.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "harness/cli/carry.h"
#include "harness/cli/live_line.h"
#include "harness/cli/prompt.h"
#include "harness/cli/publish.h"
#include "reports/summary.h"

#ifndef IFF_VERSION
#define IFF_VERSION "0.1.0"
#endif

namespace iff {
namespace {

namespace fs = std::filesystem;

// How far a run is: who plays since when.
class Score {
 public:
  Score(Voice& voice, size_t all, bool verbose) : voice_(voice), all_(all), verbose_(verbose) {}

  void Tell(const Scenario& scenario, const ScenarioResult* result) {
    const std::lock_guard lock(mutex_);
    if (result == nullptr) {
      playing_[scenario.id] = std::chrono::steady_clock::now();
      return;
    }
    playing_.erase(scenario.id);
    if (result->verdict() == Verdict::kFailed || result->verdict() == Verdict::kErrored) ++wanting_;
    voice_.Say(ProgressLine(*result, ++done_, all_, voice_.colour()));
    if (!verbose_) return;
    for (const StepResult& step : result->steps) {
      for (const Check& check : step.checks) {
        voice_.Say("      " + std::string(Name(check.verdict)) + "  " + check.id +
                   (check.verdict == Verdict::kPassed || check.reason.empty() ? "" : ": " + check.reason));
      }
    }
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
  Voice& voice_;
  const size_t all_;
  const bool verbose_;
  mutable std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> playing_;
  size_t done_ = 0;
  size_t wanting_ = 0;
};

// The process that traces `pid`, 0 for none.
int TracerOf(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; in >> word;) {
    int tracer = 0;
    if (word == "TracerPid:" && in >> tracer) return tracer;
  }
  return 0;
}

void AwaitDebugger(const Call& call, Stage& stage) {
  Service* server = stage.target_service();
  if (server == nullptr) {
    call.voice.Say(stage.target().name + " was not launched by us: there is nothing to attach to");
    return;
  }
  call.voice.Say(stage.target().name + " waits for a debugger:  gdb -p " + std::to_string(server->pid()));
  (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()), [&]() -> Result<bool> {
    return call.cancelled || server->exited() || TracerOf(server->pid()) != 0;
  });
}

// Its stage stays until whoever is at the prompt leaves it.
void Keep(const Call& call, Stage& stage, const ScenarioResult& result) {
  if (call.cancelled || stage.subjects().empty()) return;
  call.voice.Say(result.id + " did not pass; its stage is kept until 'quit'");
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      if (check.verdict == Verdict::kPassed || check.verdict == Verdict::kInapplicable) continue;
      call.voice.Say("  " + std::string(Name(check.verdict)) + "  " + check.id + ": " +
                     stage.ground().redactor.Mask(check.reason));
    }
  }
  const Result<int> code = PromptOn(call, stage, stage.subjects().front().role);
  if (!code.ok()) call.voice.Say("iff: " + stage.ground().redactor.Mask(code.error().message()));
}

}  // namespace

int Play(const Call& call, Session& session) {
  const Options& options = call.options;
  Voice& voice = call.voice;
  RunRequest request{.selectors = options.selectors,
                     .targets = options.targets,
                     .mutant = options.mutant,
                     .jobs = options.jobs,
                     .began = call.began,
                     .cancelled = &call.cancelled};
  // One at a time where somebody is to look into it.
  if (options.keep_on_failure || options.debug_server) request.jobs = 1;
  request.on_stage = [&](Stage& stage, const ScenarioResult* result) {
    if (result == nullptr) {
      if (options.debug_server) AwaitDebugger(call, stage);
    } else if (options.keep_on_failure &&
               (result->verdict() == Verdict::kFailed || result->verdict() == Verdict::kErrored)) {
      Keep(call, stage, *result);
    }
  };
  Result<std::vector<Scenario>> scenarios = session.Select(request);
  if (!scenarios.ok()) return Complain(voice, scenarios.error());
  Score score(voice, scenarios->size(), options.verbose);
  const bool told = !options.quiet && !options.json;
  if (told) {
    voice.Say("running " + std::to_string(scenarios->size()) + " scenarios");
    request.on_scenario = [&](const Scenario& scenario, const ScenarioResult* result) { score.Tell(scenario, result); };
  }
  RunResult run;
  {
    // The foot of the terminal belongs to the prompt.
    const std::function<std::string()> line = [&] { return score.Line(); };
    const LiveLine live(voice, told && !options.keep_on_failure ? line : nullptr);
    run = session.Run(*scenarios, request);
  }
  run.command = AsTyped(call.arguments);
  run.version = IFF_VERSION;

  const std::string directory =
      options.output.empty() ? session.options().places.root + "/reports/out/" + run.id : options.output;
  const Result<void> published = Publish(run, session.redactor(), directory);
  if (published.ok() && !options.junit.empty()) {
    std::error_code problem;
    fs::copy_file(directory + "/junit.xml", options.junit, fs::copy_options::overwrite_existing, problem);
    if (problem) return Complain(voice, SystemError("write " + options.junit, problem.value()));
  }
  // What may not be published is not printed either.
  if (!published.ok() && published.error().kind() == ErrorKind::kRefused) return Complain(voice, published.error());
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

}  // namespace iff
