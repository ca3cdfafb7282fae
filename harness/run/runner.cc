#include "harness/run/runner.h"

#include <mutex>
#include <shared_mutex>

#include "harness/run/applies.h"
#include "harness/run/closing.h"
#include "harness/run/diagnosis.h"
#include "harness/run/evidence.h"
#include "harness/run/needs.h"
#include "harness/run/play.h"

namespace iff {
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

ScenarioResult PlayOn(Stage& stage, const ProbeSet& probes, const Scenario& scenario) {
  ScenarioResult result{.id = scenario.id, .target = scenario.target};
  Play play(stage, probes, result);
  for (size_t i = 0; i < scenario.steps.size() && play.Perform(scenario.steps[i]);) ++i;
  ErrorTheRest(scenario, result);
  MaskTexts(result, stage.ground().redactor);
  return result;
}

Runner::Runner(const Ground& ground, const ProbeSet& probes, RunnerOptions options)
    : ground_(ground), probes_(probes), options_(std::move(options)) {}

ScenarioResult Runner::RunOne(const Scenario& scenario) {
  if (scenario.exclusive) {
    const std::unique_lock alone(ground_.exclusivity);
    return RunHeld(scenario, ground_);
  }
  const std::shared_lock together(ground_.exclusivity);
  return RunHeld(scenario, ground_);
}

ScenarioResult Runner::RunHeld(const Scenario& scenario, const Ground& ground) {
  const auto began = steady_clock::now();
  ScenarioResult result{.id = scenario.id,
                        .suite = scenario.suite,
                        .target = scenario.target,
                        .title = scenario.title,
                        .file = scenario.file,
                        .started_us = duration_cast<microseconds>(began - ground.run_began).count()};
  result.tags = scenario.tags;
  for (const GivenSubject& subject : scenario.subjects) result.subjects.push_back(subject.role);

  result.inapplicable =
      WhyNotAtAll(scenario, ground.system, {.secret_store = !ground.environment.All<SecretStore>().empty()}, probes_);
  if (!result.inapplicable.empty()) {
    result.evidence = {{"evidence", kEvidenceVersion}, {"id", result.id}};
    return result;
  }
  std::vector<NamedText> names;
  const bool shares = WhyOfItsOwn(scenario, ground.system, probes_).empty();
  Result<std::unique_ptr<Stage>> stage =
      Stage::Set(ground, scenario, GatedComponents(scenario), shares ? Stage::People::kShared : Stage::People::kOwn);
  if (stage.ok()) {
    names = (*stage)->Names();
    if (options_.on_stage) options_.on_stage(**stage, nullptr);
    Play play(**stage, probes_, result);
    if (CountsAnything(scenario)) play.CountBefore();
    for (const Step& step : scenario.steps) {
      if (!play.Perform(step)) break;
    }
    play.Restore();
    ErrorTheRest(scenario, result);
    NoteIfNothingApplied(result);
    Apply(Diagnose(result), result);
    const Result<void> whole = (*stage)->CheckComponents();
    if (!whole.ok()) Disbelieve(result, whole.error().message());
    if (result.verdict() != Verdict::kPassed || !result.error.empty()) {
      std::string log = (*stage)->TargetLog();
      constexpr size_t kTail = 8'000;
      if (log.size() > kTail) log = log.substr(log.size() - kTail);
      result.logs[scenario.target] = ground.redactor.Mask(log);
    }
    // With the least surprise nobody knows what became of them.
    if (result.verdict() == Verdict::kPassed && result.error.empty()) (*stage)->PeopleAreUnharmed();
    if (options_.on_stage) options_.on_stage(**stage, &result);
    std::move(stage).value().reset();
  } else {
    result.error = stage.error().message();
    ErrorTheRest(scenario, result);
  }
  const Result<void> alive = ground.environment.Check();
  // Who plays alone may do anything to what all live in.
  if (scenario.exclusive || !alive.ok()) DismissPeople(ground);
  if (!alive.ok()) {
    Disbelieve(result, alive.error().message());
    for (Component* component : ground.environment.components()) {
      result.logs[component->name()] = ground.redactor.Mask(component->LogTail(20));
    }
  }
  if (alive.ok()) NoteUndeclared(ground.environment, result);
  MaskTexts(result, ground.redactor);
  result.took_us = duration_cast<microseconds>(steady_clock::now() - began).count();
  MarkKnown(options_.known_failures, ground_.clock.Now(), result);
  result.evidence["evidence"] = kEvidenceVersion;  // also where no stage could be set
  result.evidence["id"] = result.id;
  result.evidence["scenario"] = scenario.source;
  if (result.evidence.contains("disbelieved")) {
    result.evidence["disbelieved"] = ground.redactor.MaskAll(result.evidence["disbelieved"]);
  }
  result.recording = MakeRecording(scenario, result, Typing(std::move(names), ground.clock.NowSeconds()));
  return result;
}

}  // namespace iff
