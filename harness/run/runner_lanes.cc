// Exclusive scenarios for which a lane is enough: which they are, and how one is played.
#include <shared_mutex>

#include "harness/run/applies.h"
#include "harness/run/closing.h"
#include "harness/run/needs.h"
#include "harness/run/runner.h"

namespace iff {
namespace {

// Everybody on it is gone with the lane: nobody is handed on, and nobody is removed before.
Ground GroundOf(const Ground& run, const Lane& lane, Janitor& janitor) {
  return {.system = run.system,
          .catalogue = run.catalogue,
          .launcher = run.launcher,
          .target_launcher = run.target_launcher,
          .environment = lane.environment(),
          .redactor = run.redactor,
          .clock = run.clock,
          .bin_directory = run.bin_directory,
          .tools_directory = run.tools_directory,
          .substitute = run.substitute,
          .seed = run.seed,
          .run_began = run.run_began,
          .exclusivity = run.exclusivity,
          .janitor = janitor,
          .lane = lane.name()};
}

}  // namespace

std::set<size_t> Runner::InLanes(const std::vector<Scenario>& scenarios) const {
  std::set<size_t> in_lanes;
  if (!options_.lanes || ground_.lanes == nullptr) return in_lanes;
  const auto promised = ground_.lanes->Promised();
  if (!promised.ok()) return in_lanes;
  const Means means = {.secret_store = !ground_.environment.All<SecretStore>().empty()};
  for (size_t i = 0; i < scenarios.size(); ++i) {
    if (!scenarios[i].exclusive || !WhyNotAtAll(scenarios[i], ground_.system, means).empty()) continue;
    if (WhyNoLane(scenarios[i], ground_.system, probes_, ground_.environment.facts(), *promised).empty())
      in_lanes.insert(i);
  }
  return in_lanes;
}

ScenarioResult Runner::RunInLane(const Scenario& scenario) {
  const std::shared_lock together(ground_.exclusivity);  // nobody disturbs the processes of all lanes meanwhile
  const Result<Lane> lane = ground_.lanes->Take();
  if (!lane.ok()) {
    ScenarioResult result{.id = scenario.id,
                          .suite = scenario.suite,
                          .target = scenario.target,
                          .title = scenario.title,
                          .file = scenario.file,
                          .error = lane.error().message()};
    ErrorTheRest(scenario, result);
    return result;
  }
  Janitor janitor;
  const Janitor::Quiet quiet(janitor);
  return RunHeld(scenario, GroundOf(ground_, *lane, janitor));
}

}  // namespace iff
