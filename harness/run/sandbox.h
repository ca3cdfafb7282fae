// The world of one scenario: its principals, its own components, the gates before the others, the target,
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

class Sandbox {
 public:
  enum class People {
    kOwn,     // made for this sandbox, and gone with it
    kShared,  // from the run's pool, if one is free there
  };
  // Provisions the principals, verifies them, starts the scenario's components and the target.
  // `gated` names components that get a gate. `target`: of ReuseFor, whose pool outlives it; else one is started.
  static Result<std::unique_ptr<Sandbox>> Set(const RunContext& context, const Scenario& scenario,
                                              const std::vector<std::string>& gated, People people = People::kOwn,
                                              TargetReuse target = {});
  // A target of `pool` that runs already and is as one started for `scenario` would be, if one is idle.
  // REQUIRES: WhyFreshTarget(scenario) is "".
  static TargetReuse ReuseFor(const RunContext& context, const Scenario& scenario, TargetPool& pool);
  // Takes everything down, in reverse. Shared people go back to the pool if it is known that they are as they were; the
  // janitor gets the others, to remove them from every component.
  ~Sandbox();
  // Everything was as it should be: whoever is shared may be handed out again, and so may the target.
  void PeopleAreUnharmed() { unharmed_ = true; }

  const TargetSpec& target() const { return target_; }
  const RunContext& context() const { return context_; }
  const Components& components() const { return *components_; }
  SandboxPrincipals& principals() { return *principals_; }
  const SandboxPrincipals& principals() const { return *principals_; }
  TargetProcess& process() { return *process_; }
  const TargetProcess& process() const { return *process_; }
  TargetClient& client() { return *client_; }
  DownstreamObserver& observer() { return *observer_; }
  const DownstreamObserver& observer() const { return *observer_; }
  TraceLog& trace() { return trace_; }
  Gate* FindGate(std::string_view component) const;  // nullptr: none stands before it

  // Ends the target and starts it anew, on the same port; sessions and connections are gone with it.
  // After kListening nothing is planted.
  Result<void> Relaunch(TargetProcess::Until until = TargetProcess::Until::kReady);
  // Do the components of this scenario alone still answer? The run's are asked by whoever runs it.
  Result<void> CheckComponents() const { return process_->own().Check(); }
  // What belongs to this sandbox alone, by the name that a recording gives it: tags, ids, accounts, addresses.
  std::vector<NamedText> Names() const;

 private:
  Sandbox(const RunContext& context, const TargetSpec& target, const Scenario& scenario)
      : context_(context), target_(target), scenario_id_(scenario.id) {}
  // Starts the components that are the scenario's alone.
  Result<std::unique_ptr<Environment>> StartOwn() const;
  // Puts its parts together around a target that is there, or will be.
  void Assemble(std::unique_ptr<TargetProcess> process, bool shares);
  // Gates before `gated`, and before all components if what arrives there is to be kept.
  Result<void> OpenGates(std::vector<std::string> gated, bool keep_arrivals);
  Result<void> LaunchTarget(const Scenario& scenario);
  // Gives the target back to `targets_` if it may serve another scenario; false: it may not, and is to be stopped.
  bool ReturnTarget();
  Result<void> Plant();
  Result<void> PlantOf(Principal& principal, const Operation& operation, const std::string& canary);

  const RunContext& context_;
  const TargetSpec& target_;
  const std::string scenario_id_;
  bool unharmed_ = false;
  TargetPool* targets_ = nullptr;  // gets the target afterwards; nullptr: it ends
  std::string target_key_;         // in `targets_`
  TraceLog trace_{context_.clock};
  // Each may refer to those above it.
  std::unique_ptr<TargetProcess> process_;
  std::unique_ptr<Components> components_;
  std::unique_ptr<SandboxPrincipals> principals_;
  std::unique_ptr<TargetClient> client_;
  std::unique_ptr<DownstreamObserver> observer_;
  std::map<std::string, std::unique_ptr<Gate>> gates_;
};

}  // namespace iff
