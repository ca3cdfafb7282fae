#include "harness/run/runner.h"

#include <mutex>
#include <shared_mutex>

#include "harness/run/applies.h"
#include "harness/run/closing.h"
#include "harness/run/diagnosis.h"
#include "harness/run/evidence.h"
#include "harness/run/needs.h"
#include "harness/run/play.h"
#include "harness/run/reuse.h"

namespace iff {
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

namespace {

bool AnyErrored(const ScenarioResult& result) {
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      if (check.verdict == Verdict::kErrored) return true;
    }
  }
  return false;
}

}  // namespace

ScenarioResult PlayOn(Sandbox& sandbox, const ProbeSet& probes, const Scenario& scenario) {
  ScenarioResult result{.id = scenario.id, .target = scenario.target};
  Play play(sandbox, probes, result);
  for (size_t i = 0; i < scenario.steps.size() && play.Perform(scenario.steps[i]);) ++i;
  ErrorTheRest(scenario, result);
  MaskTexts(result, sandbox.context().redactor);
  return result;
}

Runner::Runner(const RunContext& context, const ProbeSet& probes, RunnerOptions options)
    : context_(context), probes_(probes), options_(std::move(options)) {}

ScenarioResult Runner::RunOne(const Scenario& scenario) {
  if (scenario.exclusive) {
    const std::unique_lock alone(context_.exclusivity);
    return RunHeld(scenario, context_);
  }
  const std::shared_lock together(context_.exclusivity);
  return RunHeld(scenario, context_);
}

ScenarioResult Runner::RunHeld(const Scenario& scenario, const RunContext& context) {
  const bool reuses = !options_.fresh_targets && WhyFreshTarget(scenario, context.system, probes_).empty();
  bool after_a_failure = false;
  ScenarioResult first = PlayHeld(scenario, context, reuses ? Target::kPool : Target::kAlone, after_a_failure);
  const bool interrupted = options_.cancelled != nullptr && *options_.cancelled;
  if (!WantsAFreshTarget(first) || interrupted) return first;
  // Its target's fault, or that of a scenario before it? A fresh target tells them apart.
  bool after_none = false;
  return WeighPlays(std::move(first), PlayHeld(scenario, context, Target::kStarted, after_none), after_a_failure);
}

ScenarioResult Runner::PlayHeld(const Scenario& scenario, const RunContext& context, Target from,
                                bool& after_a_failure) {
  const auto began = steady_clock::now();
  ScenarioResult result{.id = scenario.id,
                        .suite = scenario.suite,
                        .target = scenario.target,
                        .title = scenario.title,
                        .file = scenario.file,
                        .started_us = duration_cast<microseconds>(began - context.run_began).count()};
  result.tags = scenario.tags;
  for (const GivenPrincipal& principal : scenario.principals) result.principals.push_back(principal.persona);

  result.inapplicable =
      WhyNotAtAll(scenario, context.system, MeansDeclared(context.driver_registry, context.system), probes_);
  if (!result.inapplicable.empty()) {
    result.evidence = {{"evidence", kEvidenceVersion}, {"id", result.id}};
    return result;
  }
  std::vector<NamedText> names;
  const bool shares = WhyOfItsOwn(scenario, context.system, probes_).empty();
  TargetReuse reuse;
  if (from != Target::kAlone) reuse = Sandbox::ReuseFor(context, scenario, targets_, from == Target::kStarted);
  if (!reuse.running.empty()) {
    result.target_served = reuse.running.front()->served();
    after_a_failure = reuse.running.front()->served_a_failure();
  }
  Result<std::unique_ptr<Sandbox>> sandbox =
      Sandbox::Set(context, scenario, GatedComponents(scenario),
                   shares ? Sandbox::People::kShared : Sandbox::People::kOwn, std::move(reuse));
  if (sandbox.ok()) {
    names = (*sandbox)->Names();
    if (options_.in_sandbox) options_.in_sandbox(**sandbox, nullptr);
    Play play(**sandbox, probes_, result);
    if (CountsAnything(scenario)) play.CountBefore();
    for (const Step& step : scenario.steps) {
      if (!play.Perform(step)) break;
    }
    play.Restore();
    ErrorTheRest(scenario, result);
    NoteIfNothingApplied(result);
    for (const Diagnosis& diagnosis : DiagnoseEach(result)) Apply(diagnosis, result);
    const Result<void> whole = (*sandbox)->CheckComponents();
    if (!whole.ok()) Disbelieve(result, whole.error().message());
    if (result.verdict() != Verdict::kPassed || !result.error.empty()) {
      for (const SandboxTarget& one : (*sandbox)->targets()) {
        std::string log = one.process->Log();
        constexpr size_t kTail = 8'000;
        if (log.size() > kTail) log = log.substr(log.size() - kTail);
        result.logs[one.spec.name] = context.redactor.Mask(log);
      }
    }
    // After any surprise the state of people is unknown. A target that fails before it served other scenarios
    // fails by itself; one that had served others may have been left so by them.
    const Verdict verdict = result.error.empty() ? result.verdict() : Verdict::kErrored;
    if (verdict == Verdict::kPassed) (*sandbox)->PeopleAreUnharmed();
    if (verdict == Verdict::kPassed || verdict == Verdict::kInapplicable) {
      (*sandbox)->TargetsAreUnharmed(false);
    } else if (verdict == Verdict::kFailed && result.target_served.empty() && !AnyErrored(result)) {
      (*sandbox)->TargetsAreUnharmed(true);
    }
    if (options_.in_sandbox) options_.in_sandbox(**sandbox, &result);
    std::move(sandbox).value().reset();
  } else {
    result.error = sandbox.error().message();
    ErrorTheRest(scenario, result);
  }
  const Result<void> alive = context.environment.Check();
  // Who plays alone may do anything to what all live in.
  if (scenario.exclusive || !alive.ok()) DismissPeople(context);
  if (!alive.ok()) targets_.Dismiss();
  if (!alive.ok()) {
    Disbelieve(result, alive.error().message());
    for (Component* component : context.environment.components()) {
      result.logs[component->name()] = context.redactor.Mask(component->LogTail(20));
    }
  }
  if (alive.ok()) NoteUndeclared(context.environment, result);
  MaskTexts(result, context.redactor);
  result.took_us = duration_cast<microseconds>(steady_clock::now() - began).count();
  MarkKnown(options_.known_failures, context_.clock.Now(), result);
  result.evidence["evidence"] = kEvidenceVersion;  // also where no sandbox could be set
  result.evidence["id"] = result.id;
  result.evidence["scenario"] = scenario.source;
  if (result.evidence.contains("disbelieved")) {
    result.evidence["disbelieved"] = context.redactor.MaskAll(result.evidence["disbelieved"]);
  }
  result.recording = MakeRecording(scenario, result, Typing(std::move(names), context.clock.NowSeconds()));
  return result;
}

}  // namespace iff
