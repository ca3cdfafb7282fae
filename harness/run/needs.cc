#include "harness/run/needs.h"

#include <algorithm>
#include <map>
#include <set>
#include <variant>

namespace iff {
namespace {

bool LeavesAll(const ProbeStep& step, const ProbeSet& probes) {
  const auto probe = probes.find(step.name);
  return probe != probes.end() && probe->second.aftermath() == Aftermath::kAsTheyWere;
}

// What is asked of a server lasts no longer than its process and the stand-ins behind it, which the stage has for
// itself.
struct WhyNot {
  const ProbeSet& probes;

  std::string operator()(const ObtainStep&) const { return ""; }
  std::string operator()(const ExchangeStep&) const { return ""; }
  std::string operator()(const MintStep&) const { return ""; }
  std::string operator()(const CallStep&) const { return ""; }
  std::string operator()(const ListStep&) const { return ""; }
  std::string operator()(const ReadStep&) const { return ""; }
  std::string operator()(const ReplayStep&) const { return ""; }
  std::string operator()(const AttackStep&) const { return ""; }
  std::string operator()(const WaitStep&) const { return ""; }
  std::string operator()(const RotateStep&) const { return "it rotates the issuer's keys"; }
  std::string operator()(const RevokeStep& step) const {
    return "it revokes what is " + step.subject + "'s: " + step.what;
  }
  std::string operator()(const FaultStep& step) const { return "it disturbs " + step.component; }
  std::string operator()(const HealStep& step) const { return "it disturbs " + step.component; }
  std::string operator()(const ProbeStep& step) const {
    return LeavesAll(step, probes) ? "" : "nobody knows what the probe " + step.name + " leaves behind";
  }
};

// Roughly how many requests it makes; a probe makes many.
int64_t Weight(const Scenario& scenario) {
  constexpr int64_t kProbe = 50;
  int64_t weight = 0;
  for (const Step& step : scenario.steps) {
    const auto* call = std::get_if<CallStep>(&step.action);
    weight += std::holds_alternative<ProbeStep>(step.action) ? kProbe : call != nullptr ? call->sending.times : 1;
  }
  return weight;
}

}  // namespace

std::vector<std::string> GatedComponents(const Scenario& scenario) {
  std::set<std::string> names;
  for (const Step& step : scenario.steps) {
    const auto* fault = std::get_if<FaultStep>(&step.action);
    if (fault != nullptr && fault->as != "sealed") names.insert(fault->component);
    const auto* probe = std::get_if<ProbeStep>(&step.action);
    const std::string disturbs = probe == nullptr ? "" : AtOr<std::string>(probe->arguments, "/disturbs", "");
    if (!disturbs.empty()) names.insert(disturbs);
  }
  return {names.begin(), names.end()};
}

bool LooksBehind(const Scenario& scenario) {
  for (const Step& step : scenario.steps) {
    for (const Expectation& expectation : step.expect) {
      const auto* secrets = std::get_if<NoSecretIn>(&expectation.condition);
      if (secrets != nullptr &&
          std::find(secrets->places.begin(), secrets->places.end(), "far_side") != secrets->places.end())
        return true;
    }
  }
  return false;
}

bool CountsAnything(const Scenario& scenario) {
  for (const Step& step : scenario.steps) {
    for (const Expectation& expectation : step.expect) {
      if (std::holds_alternative<CountGrows>(expectation.condition)) return true;
    }
  }
  return false;
}

bool Idles(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
    return std::visit(
        [](const auto& action) {
          if constexpr (requires { action.sending; }) return action.sending.eventually.count() > 0;
          return false;
        },
        step.action);
  });
}

bool BearsItsLike(const Scenario& scenario, const ProbeSet& probes) {
  return std::none_of(scenario.steps.begin(), scenario.steps.end(), [&](const Step& step) {
    const auto* probe = std::get_if<ProbeStep>(&step.action);
    return std::holds_alternative<FaultStep>(step.action) || std::holds_alternative<HealStep>(step.action) ||
           (probe != nullptr && !LeavesAll(*probe, probes));
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
  const auto found = system.targets.find(scenario.target);
  if (found == system.targets.end()) return "there is no target called '" + scenario.target + "'";
  const TargetSpec& target = found->second;
  if (scenario.exclusive) return "it plays alone";
  // Its caches and counters know people from before, and go on knowing them.
  if (!target.url.empty()) return "its server was running before and runs on";
  if (!target.planted_by.empty()) return "its server keeps what people hold, and may keep it for longer than it runs";
  if (!scenario.settings.empty()) return "it is about limits and lifetimes of its server";
  if (CountsAnything(scenario)) return "it counts what is left behind";
  for (const Step& step : scenario.steps) {
    if (std::string why = std::visit(WhyNot{probes}, step.action); !why.empty()) return why;
  }
  return "";
}

}  // namespace iff
