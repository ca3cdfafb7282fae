// The world of one scenario: its principals, its own components, the gates before the others, its targets,
// and everybody's credentials. Everything in it is gone afterwards, and is new, but for people and targets that may be
// shared.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/net/gate.h"
#include "harness/run/components.h"
#include "harness/run/downstream_observer.h"
#include "harness/run/recording.h"
#include "harness/run/run_context.h"
#include "harness/run/sandbox_principals.h"
#include "harness/run/target_client.h"
#include "harness/run/target_pool.h"
#include "harness/run/target_process.h"
#include "harness/run/trace_log.h"
#include "harness/scenario/scenario.h"

namespace iff {

// A target of a scenario, with all that is about it alone.
struct SandboxTarget {
  const TargetSpec& spec;
  std::unique_ptr<TargetProcess> process;
  std::unique_ptr<TargetClient> client = {};
  std::unique_ptr<DownstreamObserver> observer = {};
  // What it meets in place of components, by their names, and of other targets, by GateOf.
  std::map<std::string, std::unique_ptr<Gate>> gates = {};
};

// A scenario has one target, and those that it names beside. One of them is faced: what is asked, sent and looked at is
// about it, and everybody is as it knows them. At first it is the scenario's own.
class Sandbox {
 public:
  enum class People {
    kOwn,     // made for this sandbox, and gone with it
    kShared,  // from the run's pool, if one is free there
  };
  // Provisions the principals, verifies them, starts the scenario's components and targets.
  // `gated` names components that get a gate. `targets`: of ReuseFor, whose pool outlives it; else they are started.
  static Result<std::unique_ptr<Sandbox>> Set(const RunContext& context, const Scenario& scenario,
                                              const std::vector<std::string>& gated, People people = People::kOwn,
                                              TargetReuse targets = {});
  // Targets of `pool` that run already and are as those started for `scenario` would be, if any are idle; `started`:
  // none, and those that are started go to the pool afterwards. REQUIRES: WhyFreshTarget(scenario) is "".
  static TargetReuse ReuseFor(const RunContext& context, const Scenario& scenario, TargetPool& pool,
                              bool started = false);
  // Takes everything down, in reverse. Shared people go back to the pool if it is known that they are as they were; the
  // janitor gets the others, to remove them from every component.
  ~Sandbox();
  // Everything was as it should be: whoever is shared may be handed out again.
  void PeopleAreUnharmed() { people_unharmed_ = true; }
  // What became of the targets is known: they may be handed out again. `failed`: the scenario failed there.
  void TargetsAreUnharmed(bool failed) {
    targets_unharmed_ = true;
    failed_ = failed;
  }

  // Faces that target; "": the scenario's own. REQUIRES: the scenario has it, and nobody sends meanwhile.
  void Face(const std::string& target);
  const std::vector<SandboxTarget>& targets() const { return targets_; }  // the scenario's own first

  // ---- of the target that is faced
  const TargetSpec& target() const { return faced().spec; }
  TargetProcess& process() { return *faced().process; }
  const TargetProcess& process() const { return *faced().process; }
  TargetClient& client() { return *faced().client; }
  DownstreamObserver& observer() { return *faced().observer; }
  const DownstreamObserver& observer() const { return *faced().observer; }
  Gate* FindGate(std::string_view component) const;  // nullptr: none stands before it
  // Ends it and starts it anew, on the same port; sessions and connections are gone with it.
  // After kListening nothing is planted.
  Result<void> Relaunch(TargetProcess::Until until = TargetProcess::Until::kReady);

  // ---- of all of them
  const RunContext& context() const { return context_; }
  const Components& components() const { return *components_; }
  SandboxPrincipals& principals() { return *principals_; }
  const SandboxPrincipals& principals() const { return *principals_; }
  TraceLog& trace() { return trace_; }
  // Every gate before that component: each target has its own.
  std::vector<Gate*> FindGates(std::string_view component) const;
  // Do the components of this scenario alone still answer? The run's are asked by whoever runs it.
  Result<void> CheckComponents() const { return components_->own().Check(); }
  // What belongs to this sandbox alone, by the name that a recording gives it: tags, ids, accounts, addresses.
  std::vector<NamedText> Names() const;

 private:
  Sandbox(const RunContext& context, const Scenario& scenario) : context_(context), scenario_id_(scenario.id) {}
  const SandboxTarget& faced() const { return targets_[faced_]; }
  // Starts the components that are the scenario's alone.
  Result<std::unique_ptr<Environment>> StartOwn() const;
  // Puts its parts together around targets that are there, or will be.
  void Assemble(const std::vector<const TargetSpec*>& specs, TargetProcesses processes, bool shares);
  // Launches them, those beside first: each may call the others.
  Result<void> LaunchTargets(const Scenario& scenario, const std::vector<std::string>& gated);
  // Of the target that is faced: gates before `gated`, and before all that it may call if what arrives there is to be
  // kept.
  Result<void> OpenGates(std::vector<std::string> gated, bool keep_arrivals);
  Result<void> LaunchTarget(const Scenario& scenario);
  // Gives the targets back to `pool_` if they may serve another scenario; false: they may not, and are to be stopped.
  bool ReturnTargets();
  Result<void> Plant();
  Result<void> PlantOf(Principal& principal, const Operation& operation, const std::string& canary);

  const RunContext& context_;
  const std::string scenario_id_;
  bool people_unharmed_ = false;
  bool targets_unharmed_ = false;
  bool failed_ = false;
  TargetPool* pool_ = nullptr;  // gets the targets afterwards; nullptr: they end
  std::string pool_key_;        // in it
  TraceLog trace_{context_.clock};
  // Each may refer to those above it.
  std::shared_ptr<Environment> own_;
  std::unique_ptr<Components> components_;
  std::unique_ptr<SandboxPrincipals> principals_;
  std::vector<SandboxTarget> targets_;
  size_t faced_ = 0;
};

}  // namespace iff
