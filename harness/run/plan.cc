#include "harness/run/plan.h"

#include <algorithm>
#include <set>

#include "harness/environment/roles.h"
#include "harness/run/applies.h"
#include "harness/run/needs.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

// A valid token, the forged one, the valid one again.
constexpr int64_t kAttackRequests = 3;

std::string Named(const std::string& persona) { return persona.empty() ? "nobody" : persona; }

// A step in words, for one target; what it sends stands in it as the files have it, places and all.
struct Teller {
  const TargetSpec& target;
  const Means& means;
  const std::map<std::string, std::string>& roles;
  const std::map<std::string, std::string>& whose;  // credential -> persona

  std::string Who(const std::string& credential) const {
    const auto found = whose.find(credential);
    return Named(found == whose.end() ? credential : found->second);
  }
  std::string Role(const std::string& role) const {
    const auto found = roles.find(role);
    return found == roles.end() ? "" : found->second;
  }
  std::string At(const Declared& declared) const {
    if (declared.at_issuer && !Role("issuer").empty()) return Role("issuer");
    return declared.components.empty() ? "" : declared.components.front();
  }
  // In the target's own words.
  std::string Asked(const std::string& name, const std::optional<Json>& more) const {
    const auto operation = target.operations.find(name);
    if (operation == target.operations.end()) return name == "read_own" ? "tools/list" : name;
    Json arguments = operation->second.arguments;
    if (more && more->is_object()) arguments.update(*more);
    return operation->second.tool + " " + Dump(arguments);
  }

  PlannedStep operator()(const ObtainStep& step) const {
    const std::string at = step.issuer.empty() ? Role("issuer") : step.issuer;
    return {.says = step.principal + " logs in" + (at.empty() ? "" : " at " + at), .to = at, .requests = 1};
  }
  PlannedStep operator()(const ExchangeStep& step) const {
    return {.says = "the token of " + Who(step.from) + " is exchanged as " + step.client + " for " + step.audience,
            .to = Role("issuer"),
            .requests = 1};
  }
  PlannedStep operator()(const MintStep& step) const {
    return {.says = "a token is made from that of " + Who(step.from) +
                    (step.forge.empty() ? " " + Dump(step.change) : ": " + step.forge)};
  }
  PlannedStep operator()(const CallStep& step) const {
    const std::string what = step.operation.empty() ? step.tool + " " + Dump(step.arguments.value_or(Json::object()))
                                                    : Asked(step.operation, step.arguments);
    return {.says = Who(step.sending.with) + " calls " + what +
                    (step.of.empty() || step.of == Who(step.sending.with) ? "" : " for what is " + step.of + "'s"),
            .to = target.name};
  }
  PlannedStep operator()(const ListStep& step) const {
    return {.says = Who(step.sending.with) + " asks " + step.method, .to = target.name};
  }
  PlannedStep operator()(const ReadStep& step) const {
    return {.says = Who(step.sending.with) + " reads " + step.uri, .to = target.name};
  }
  PlannedStep operator()(const RequestStep& step) const {
    return {.says = Who(step.sending.with) + " sends " + step.method + " " + step.path,
            .to = step.to.empty() ? target.name : step.to};
  }
  PlannedStep operator()(const ReplayStep& step) const {
    return {.says = Who(step.sending.with) + " sends again what was sent as '" + step.label + "'", .to = target.name};
  }
  PlannedStep operator()(const AttackStep& step) const {
    return {
        .says = "attack " + step.attack + " with the token of " + Who(step.from) + ", on " + Asked(step.operation, {}),
        .to = target.name,
        .requests = kAttackRequests};
  }
  PlannedStep operator()(const ProbeStep& step) const {
    return {.says = "probe " + step.name + (step.arguments.empty() ? "" : " " + Dump(step.arguments)),
            .to = target.name};
  }
  PlannedStep operator()(const RotateStep& step) const {
    const auto found = means.rotatable.find(step.what);
    const std::string at = found == means.rotatable.end() ? "" : At(found->second);
    return {.says = at + ": " + step.what + " are rotated", .to = at, .requests = 1};
  }
  PlannedStep operator()(const RevokeStep& step) const {
    const auto found = means.revocable.find(step.what);
    const std::string told = found == means.revocable.end() ? "" : At(found->second);
    const std::string at = step.from.empty() ? told : step.from;
    return {.says = at + ": " + step.what + " of " + step.principal + " is revoked", .to = at, .requests = 1};
  }
  PlannedStep operator()(const FaultStep& step) const {
    return {.says = step.component + " is disturbed: " + step.as, .to = step.as == "sealed" ? step.component : ""};
  }
  PlannedStep operator()(const HealStep& step) const { return {.says = step.component + " is disturbed no longer"}; }
  PlannedStep operator()(const WaitStep& step) const {
    return {.says = std::to_string(step.span.count()) + " ms pass"};
  }
};

// Whose the credential is that a step makes.
void NoteOwner(const Step& step, std::map<std::string, std::string>& whose) {
  if (const auto* obtain = std::get_if<ObtainStep>(&step.action)) whose[obtain->name] = obtain->principal;
  const auto derived = [&](const std::string& name, const std::string& from) {
    const auto found = whose.find(from);
    whose[name] = found == whose.end() ? from : found->second;
  };
  if (const auto* mint = std::get_if<MintStep>(&step.action)) derived(mint->name, mint->from);
  if (const auto* exchange = std::get_if<ExchangeStep>(&step.action)) derived(exchange->name, exchange->from);
}

std::string HeldBy(const GivenPrincipal& given, const System& system) {
  const auto person = system.people.find(given.person);
  const std::vector<std::string> holds = given.holds                     ? *given.holds
                                         : person == system.people.end() ? std::vector<std::string>()
                                                                         : person->second.holds;
  std::string text;
  for (const std::string& one : holds) text += (text.empty() ? ", who holds " : " and ") + one;
  return given.persona + text;
}

// A server that keeps people's things itself is told of each of them first.
void AddSeeds(const Scenario& scenario, const System& system, PlannedScenario& planned) {
  const TargetSpec& target = system.targets.at(scenario.target);
  const auto operation = target.operations.find(target.seed_with);
  if (operation == target.operations.end()) return;
  for (const GivenPrincipal& given : scenario.principals)
    planned.steps.push_back({.says = given.persona + " makes one thing of theirs: " + operation->second.tool + " " +
                                     Dump(operation->second.arguments),
                             .to = target.name,
                             .requests = 1});
}

PlannedScenario PlanOf(const Scenario& scenario, const PlanSurroundings& around, const Means& means) {
  const System& system = around.system;
  PlannedScenario planned{
      .id = scenario.id,
      .title = scenario.title,
      .target = scenario.target,
      .own_people = !WhyOfItsOwn(scenario, system, around.probes).empty(),
      .own_target = around.fresh_targets || !WhyFreshTarget(scenario, system, around.probes).empty(),
      .alone = scenario.exclusive,
      .gates = GatedComponents(scenario)};
  for (const GivenPrincipal& given : scenario.principals) planned.principals.push_back(HeldBy(given, system));
  AddSeeds(scenario, system, planned);
  std::map<std::string, std::string> whose;
  std::set<std::string> absent;
  for (const Step& step : scenario.steps) {
    const TargetSpec& target = *TargetOf(step, scenario, system);
    const std::map<std::string, std::string> roles = RolesOf(around.driver_registry, system, target);
    PlannedStep told = std::visit(Teller{target, means, roles, whose}, step.action);
    told.skipped = WhyNotStep(step, {target, system, means, around.probes}, absent);
    if (!told.skipped.empty()) NoteAbsent(step, absent);
    // What is refused is put to each replica.
    if (told.to == target.name)
      told.requests = std::max(told.requests, EffectsOf(step.action).requests) * std::max<int64_t>(target.replicas, 1);
    if (told.requests == 0 && !told.to.empty()) told.requests = 1;
    NoteOwner(step, whose);
    planned.steps.push_back(std::move(told));
  }
  return planned;
}

std::string WhatIs(const ComponentSpec& spec, const DriverRegistry& drivers) {
  const Driver* const driver = drivers.Find(spec.driver);
  if (driver == nullptr) return "";
  switch (driver->role) {
    case ComponentRole::kIssuer:
      return "issuer";
    case ComponentRole::kSecretStore:
      return "secret store";
    case ComponentRole::kDatabase:
      return "database";
    case ComponentRole::kNone:
      break;
  }
  const std::string upstream = AtOr<std::string>(spec.options, "/upstream", "");
  return upstream.empty() ? "" : "upstream " + upstream;
}

std::vector<PlannedComponent> ComponentsOf(const PlanSurroundings& around) {
  std::vector<PlannedComponent> components;
  for (const ComponentSpec& spec : around.system.components) {
    const std::string lasts = around.attached     ? "runs already"
                              : spec.per_scenario ? "started for each scenario that starts a target"
                                                  : "started for the run";
    components.push_back(
        {.name = spec.name, .driver = spec.driver, .is = WhatIs(spec, around.driver_registry), .lasts = lasts});
  }
  return components;
}

PlannedTarget TargetPlan(const TargetSpec& target, const PlanSurroundings& around) {
  PlannedTarget planned{.name = target.name, .launched = target.url.empty()};
  std::string command;
  for (const std::string& word : target.command) command += (command.empty() ? "" : " ") + word;
  planned.is = !target.url.empty()     ? "runs already at " + target.url
               : around.mutant.empty() ? "launched: " + command
                                       : "launched: the mutant " + around.mutant;
  std::vector<std::string> places;
  for (const ComponentSpec& spec : around.system.components) {
    const std::string is = WhatIs(spec, around.driver_registry);
    if (!is.empty()) places.push_back(spec.name + " (" + is + ")");
  }
  if (target.TakesKeys()) places.push_back("a file of keys that it is told of");
  for (const std::string& place : places) planned.people_at += (planned.people_at.empty() ? "" : ", ") + place;
  return planned;
}

}  // namespace

std::map<std::string, int64_t> PlannedScenario::Requests() const {
  std::map<std::string, int64_t> all;
  for (const PlannedStep& step : steps) {
    if (step.skipped.empty() && !step.to.empty()) all[step.to] += step.requests;
  }
  return all;
}

std::map<std::string, int64_t> Plan::Requests() const {
  std::map<std::string, int64_t> all;
  for (const PlannedScenario& scenario : scenarios) {
    for (const auto& [to, count] : scenario.Requests()) all[to] += count;
  }
  return all;
}

Plan MakePlan(const std::vector<Scenario>& scenarios, const PlanSurroundings& around) {
  const Means means = MeansDeclared(around.driver_registry, around.system);
  // What only running components show counts as there: as in WhyNotAtAll.
  Means perhaps = means;
  perhaps.ledger = perhaps.log = perhaps.behind = true;
  Plan plan{.system = around.system.name, .components = ComponentsOf(around)};
  std::set<std::string> asked;
  for (const Scenario& scenario : scenarios) {
    const std::string why = WhyNotAtAll(scenario, around.system, means, around.probes);
    if (!why.empty()) {
      plan.left_out[why].push_back(scenario.id);
      continue;
    }
    plan.scenarios.push_back(PlanOf(scenario, around, perhaps));
    for (const std::string& name : scenario.AllTargets()) asked.insert(name);
  }
  for (const TargetSpec* target : around.system.TargetsInOrder()) {
    if (asked.contains(target->name)) plan.targets.push_back(TargetPlan(*target, around));
  }
  return plan;
}

}  // namespace iff
