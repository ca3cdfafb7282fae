#include <algorithm>

#include "harness/run/plan.h"

namespace iff {
namespace {

std::string Counted(int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string People(int64_t count) { return count == 1 ? "1 person" : std::to_string(count) + " people"; }

std::string Joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string RequestsText(const std::map<std::string, int64_t>& requests) {
  std::string text;
  for (const auto& [to, count] : requests) text += (text.empty() ? "" : ", ") + std::to_string(count) + " to " + to;
  return text.empty() ? "none" : text;
}

std::string Notes(const PlannedScenario& scenario) {
  std::vector<std::string> notes;
  if (scenario.alone) notes.emplace_back("plays alone");
  if (scenario.own_target) notes.emplace_back("a target of its own");
  if (scenario.own_people) notes.emplace_back("people of its own");
  if (!scenario.gates.empty()) notes.push_back("a gate before " + Joined(scenario.gates, " and "));
  return notes.empty() ? "" : "  (" + Joined(notes, ", ") + ")";
}

std::string ScenarioText(const PlannedScenario& scenario) {
  std::string text = "  " + scenario.id + "  " + scenario.title + Notes(scenario) + "\n";
  if (!scenario.principals.empty()) text += "    people: " + Joined(scenario.principals, "; ") + "\n";
  std::map<std::string, int64_t> skipped;
  for (const PlannedStep& step : scenario.steps) {
    if (!step.skipped.empty()) {
      ++skipped[step.skipped];
      continue;
    }
    const std::string often = step.requests > 1 ? ", about " + std::to_string(step.requests) + " requests" : "";
    text += "    " + step.says + (step.to.empty() ? "" : "  -> " + step.to) + often + "\n";
  }
  for (const auto& [why, count] : skipped) text += "    not played, " + Counted(count, "step") + ": " + why + "\n";
  return text;
}

struct Sums {
  int64_t scenarios = 0;
  int64_t people = 0;   // made at most
  int64_t targets = 0;  // started at least
};

Sums SumsOf(const Plan& plan, const std::string& target) {
  Sums sums;
  bool shared = false;
  for (const PlannedScenario& scenario : plan.scenarios) {
    if (!target.empty() && scenario.target != target) continue;
    ++sums.scenarios;
    sums.people += static_cast<int64_t>(scenario.principals.size());
    if (scenario.own_target) ++sums.targets;
    shared = shared || !scenario.own_target;
  }
  if (shared) ++sums.targets;
  return sums;
}

std::string TargetText(const Plan& plan, const PlannedTarget& target, bool brief) {
  const Sums sums = SumsOf(plan, target.name);
  std::string text = "target " + target.name + "  " + target.is + "\n  " + Counted(sums.scenarios, "scenario") +
                     ", at most " + People(sums.people) + " made at " +
                     (target.people_at.empty() ? "nothing" : target.people_at) + "\n";
  if (target.launched) text += "  it is started at least " + Counted(sums.targets, "time") + "\n";
  if (brief) return text;
  for (const PlannedScenario& scenario : plan.scenarios) {
    if (scenario.target == target.name) text += ScenarioText(scenario);
  }
  return text;
}

}  // namespace

std::string PlanText(const Plan& plan, bool brief) {
  std::string text = "plan for " + plan.system + ": nothing is started, nothing is sent\ncomponents\n";
  for (const PlannedComponent& one : plan.components)
    text += "  " + one.name + "  " + one.driver + (one.is.empty() ? "" : ", " + one.is) + ", " + one.lasts + "\n";
  for (const PlannedTarget& target : plan.targets) text += TargetText(plan, target, brief);
  if (!plan.left_out.empty()) text += "not played\n";
  int64_t left_out = 0;
  for (const auto& [why, ids] : plan.left_out) {
    left_out += static_cast<int64_t>(ids.size());
    text +=
        "  " + why + ": " + (brief ? Counted(static_cast<int64_t>(ids.size()), "scenario") : Joined(ids, ", ")) + "\n";
  }
  const Sums sums = SumsOf(plan, "");
  return text + "sum\n  " + Counted(sums.scenarios, "scenario") + ", " + std::to_string(left_out) +
         " not played\n  at most " + People(sums.people) + "\n  requests, about: " + RequestsText(plan.Requests());
}

Json PlanJson(const Plan& plan) {
  Json json = {{"system", plan.system},      {"components", Json::array()}, {"targets", Json::array()},
               {"scenarios", Json::array()}, {"not_played", Json::array()}, {"requests", plan.Requests()}};
  for (const PlannedComponent& one : plan.components)
    json["components"].push_back({{"name", one.name}, {"driver", one.driver}, {"is", one.is}, {"lasts", one.lasts}});
  for (const PlannedTarget& one : plan.targets)
    json["targets"].push_back({{"name", one.name}, {"is", one.is}, {"people_at", one.people_at}});
  for (const PlannedScenario& scenario : plan.scenarios) {
    Json steps = Json::array();
    for (const PlannedStep& step : scenario.steps)
      steps.push_back({{"says", step.says}, {"to", step.to}, {"requests", step.requests}, {"skipped", step.skipped}});
    json["scenarios"].push_back({{"id", scenario.id},
                                 {"title", scenario.title},
                                 {"target", scenario.target},
                                 {"principals", scenario.principals},
                                 {"own_people", scenario.own_people},
                                 {"own_target", scenario.own_target},
                                 {"alone", scenario.alone},
                                 {"gates", scenario.gates},
                                 {"requests", scenario.Requests()},
                                 {"steps", std::move(steps)}});
  }
  for (const auto& [why, ids] : plan.left_out) json["not_played"].push_back({{"why", why}, {"scenarios", ids}});
  return json;
}

}  // namespace iff
