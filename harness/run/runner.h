// Executes scenarios against an environment: the only thing that does. The command line and the
// registered tests both call it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/known_failures.h"
#include "harness/run/probe.h"
#include "harness/run/result.h"
#include "harness/run/target_pool.h"

namespace iff {

// Plays the steps of a scenario in a sandbox that is set already, whose principals and settings it gets; components are
// not asked whether they still answer.
ScenarioResult PlayOn(Sandbox& sandbox, const ProbeSet& probes, const Scenario& scenario);

struct RunnerOptions {
  // Scenarios side by side; exclusive ones afterwards, at most with their like about other targets.
  int jobs = 4;
  // Each scenario gets a target that was started for it alone; false: one that runs and is unharmed will do, where the
  // scenario only sends it requests.
  bool fresh_targets = false;
  bool as_given = false;  // begin with what comes first, not with what is over soon
  // What all depend on has just started and is slow yet: one scenario has it to itself until somebody has a verdict to
  // look at, for a second at most.
  bool one_begins = false;
  std::vector<KnownFailure> known_failures = {};
  // Called when a scenario begins (result is nullptr) and when it ends; one call at a time.
  std::function<void(const Scenario&, const ScenarioResult*)> on_scenario = {};
  // Called on every sandbox when it is set (result is nullptr) and before it is taken down; from several threads.
  std::function<void(Sandbox&, const ScenarioResult*)> in_sandbox = {};
  // Called when exclusive scenarios have to wait for others who use the environment, another run or somebody at a
  // prompt.
  std::function<void()> on_wait = {};
  // Set from outside to stop: what has not begun is reported as errored.
  const std::atomic<bool>* cancelled = nullptr;
};

// The error of a scenario that had not begun when the run was cancelled.
inline constexpr std::string_view kInterrupted = "the run was interrupted";

class Runner {
 public:
  // All outlive the runner.
  Runner(const RunContext& context, const ProbeSet& probes, RunnerOptions options);

  // In the order of the files, whatever ran when.
  RunResult Run(const std::vector<Scenario>& scenarios);
  ScenarioResult RunOne(const Scenario& scenario);

 private:
  // REQUIRES: context.exclusivity is held, alone if the scenario is exclusive.
  ScenarioResult RunHeld(const Scenario& scenario, const RunContext& context);
  // The same once, on a target that comes from `from` and may go to the pool afterwards.
  enum class Target {
    kPool,     // one that runs already, if there is one
    kStarted,  // one that is started for it
    kAlone,    // the same, and it ends with the scenario
  };
  // `after_a_failure`: of a scenario that the target had served.
  ScenarioResult PlayHeld(const Scenario& scenario, const RunContext& context, Target from, bool& after_a_failure);

  const RunContext& context_;
  const ProbeSet& probes_;
  RunnerOptions options_;
  TargetPool targets_;  // what is left in it ends with the runner
};

}  // namespace iff
