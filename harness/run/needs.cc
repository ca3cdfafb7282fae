#include "harness/run/needs.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/conditions/registry.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

bool LeavesAll(const std::string& name, const ProbeSet& probes) {
  const auto probe = probes.find(name);
  return probe != probes.end() && probe->second.aftermath() == Aftermath::kAsTheyWere;
}

template <class Predicate>
bool AnyNeeds(const Scenario& scenario, Predicate meant) {
  for (const Step& step : scenario.steps) {
    for (const Expectation& expectation : step.expect) {
      if (meant(NeedsOf(expectation.condition))) return true;
    }
  }
  return false;
}

// What `why` says of the first target it says anything of: the scenario's own, then those beside.
std::string OfAnyTarget(const Scenario& scenario, const System& system, const char* (*why)(const TargetSpec& target)) {
  for (const std::string& name : scenario.AllTargets()) {
    const auto found = system.targets.find(name);
    if (found == system.targets.end()) return "there is no target called '" + name + "'";
    if (std::string said = why(found->second); !said.empty()) return said;
  }
  return "";
}

int64_t Weight(const Scenario& scenario) {
  int64_t weight = 0;
  for (const Step& step : scenario.steps) weight += EffectsOf(step.action).requests;
  return weight;
}

}  // namespace

std::vector<std::string> GatedComponents(const Scenario& scenario) {
  std::set<std::string> names;
  for (const Step& step : scenario.steps) {
    if (const std::string gate = EffectsOf(step.action).gate; !gate.empty()) names.insert(gate);
  }
  return {names.begin(), names.end()};
}

bool LooksBehind(const Scenario& scenario) {
  return AnyNeeds(scenario, [](const ConditionNeeds& needs) {
    return std::find(needs.searches.begin(), needs.searches.end(), "far_side") != needs.searches.end();
  });
}

bool CountsAnything(const Scenario& scenario) {
  return AnyNeeds(scenario, [](const ConditionNeeds& needs) { return needs.counts; });
}

bool Idles(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(),
                     [](const Step& step) { return EffectsOf(step.action).idles; });
}

bool BearsItsLike(const Scenario& scenario, const ProbeSet& probes) {
  return std::none_of(scenario.steps.begin(), scenario.steps.end(), [&](const Step& step) {
    const StepEffects effects = EffectsOf(step.action);
    return effects.disturbs || (!effects.probe.empty() && !LeavesAll(effects.probe, probes));
  });
}

std::vector<std::deque<size_t>> AloneInTurn(const std::vector<Scenario>& scenarios, const ProbeSet& probes) {
  std::map<std::string, size_t> group_of;  // by id without the target
  std::vector<std::deque<size_t>> together;
  std::vector<std::deque<size_t>> disturbing;
  for (size_t i = 0; i < scenarios.size(); ++i) {
    if (!scenarios[i].exclusive) continue;
    if (!BearsItsLike(scenarios[i], probes)) {
      disturbing.push_back({i});
      continue;
    }
    const auto group = group_of.try_emplace(scenarios[i].id.substr(0, scenarios[i].id.find('@')), together.size());
    if (group.second) together.emplace_back();
    together[group.first->second].push_back(i);
  }
  together.insert(together.end(), disturbing.begin(), disturbing.end());
  return together;
}

void LightestFirst(const std::vector<Scenario>& scenarios, size_t count, std::deque<size_t>& queue) {
  std::vector<size_t> lightest(queue.begin(), queue.end());
  std::stable_sort(lightest.begin(), lightest.end(),
                   [&](size_t a, size_t b) { return Weight(scenarios[a]) < Weight(scenarios[b]); });
  lightest.resize(std::min(count, lightest.size()));
  std::erase_if(queue, [&](size_t i) { return std::find(lightest.begin(), lightest.end(), i) != lightest.end(); });
  queue.insert(queue.begin(), lightest.begin(), lightest.end());
}

std::string WhyOfItsOwn(const Scenario& scenario, const System& system, const ProbeSet& probes) {
  if (scenario.exclusive) return "it plays alone";
  std::string why = OfAnyTarget(scenario, system, [](const TargetSpec& target) {
    // Its caches and counters know people from before, and go on knowing them.
    if (!target.url.empty()) return "its server was running before and runs on";
    return target.seed_with.empty() ? "" : "its server keeps what people hold, and may keep it for longer than it runs";
  });
  if (!why.empty()) return why;
  if (!scenario.settings.empty()) return "it is about limits and lifetimes of its server";
  if (CountsAnything(scenario)) return "it counts what is left behind";
  for (const Step& step : scenario.steps) {
    // What is asked of a server lasts no longer than its process and the stand-ins behind it, which the sandbox has for
    // itself.
    StepEffects effects = EffectsOf(step.action);
    if (!effects.changes.empty()) return std::move(effects.changes);
    if (!effects.probe.empty() && !LeavesAll(effects.probe, probes)) {
      return "nobody knows what the probe " + effects.probe + " leaves behind";
    }
  }
  return "";
}

std::string WhyFreshTarget(const Scenario& scenario, const System& system, const ProbeSet& probes) {
  std::string why = OfAnyTarget(scenario, system, [](const TargetSpec& target) {
    if (!target.url.empty()) return "its server is not ours to start";
    if (target.transport == Transport::kStdio) return "over stdio a process is one principal's own";
    if (target.replicas > 1) return "its server is several processes, and a running one is handed on alone";
    return target.TakesKeys() ? "its server reads the principals' keys when it starts" : "";
  });
  if (!why.empty()) return why;
  if (scenario.exclusive) return "it plays alone";
  if (scenario.tls) return "its server's certificates are made with its principals'";
  if (!scenario.settings.empty()) return "it sets its server";
  if (CountsAnything(scenario)) return "it counts what its server leaves behind";
  if (LooksBehind(scenario)) return "gates stand behind its server from the start";
  for (const Step& step : scenario.steps) {
    StepEffects effects = EffectsOf(step.action);
    if (!effects.gate.empty()) return "a gate stands before " + effects.gate + " from the start";
    if (effects.disturbs) return "it disturbs a component";
    if (!effects.changes.empty()) return std::move(effects.changes);
    if (effects.probe.empty()) continue;
    const auto probe = probes.find(effects.probe);
    if (probe == probes.end() || probe->second.wants() != Wants::kRunningTarget)
      return "the probe " + effects.probe + " looks at its server's process";
  }
  return "";
}

}  // namespace iff
