#include "harness/run/applies.h"

#include <algorithm>

#include "harness/conditions/registry.h"
#include "harness/environment/drivers.h"
#include "harness/steps/registry.h"

namespace iff {

std::string Surroundings::NoDoor() const {
  return target.name +
         " speaks stdio: whoever starts the process has chosen who it acts for, and no clause has it check that";
}

std::string Surroundings::NoHttp() const { return target.name + " speaks stdio: there is no HTTP"; }

std::string Surroundings::NoGate() const {
  return target.name + " runs already: nothing stands between it and what it calls";
}

std::string Surroundings::NoTokens() const {
  if (OverStdio()) return NoDoor();
  return target.key_header.empty() ? "" : target.name + " takes keys, and keys are no tokens of an issuer";
}

std::string Surroundings::NoOperation(const std::string& operation) const {
  if (operation.empty() || target.operations.contains(operation)) return "";
  return "the system file names no tool of " + target.name + " for the operation '" + operation + "'";
}

bool Surroundings::ListStandsIn(const std::string& operation) const {
  return operation == "read_own" && !OverStdio() && !target.operations.contains(operation);
}

std::string Surroundings::NoComponent(const std::string& component) const {
  if (component.empty() || system.FindComponent(component) != nullptr) return "";
  if (component == "issuer") return target.name + " takes no tokens of one issuer that " + system.name + " has";
  if (component == "exchange") return target.name + " is not told where an issuer would exchange tokens";
  if (component == "stored_credentials") {
    return "no store behind " + target.name + " hands out what people hold of its upstream";
  }
  if (component == "secret_store") return "no store of people's credentials stands behind " + target.name;
  if (component == "database") return "no database stands behind " + target.name;
  if (component == "upstream") return "nothing that we start stands behind " + target.name + " as its upstream";
  return "there is no component called '" + component + "' in " + system.name;
}

std::string Surroundings::NothingPrivate() const {
  const auto asked = target.operations.find(operation);
  if (asked != target.operations.end() && asked->second.shows_nothing) {
    return "the system file says that " + operation + " of " + target.name +
           " shows nothing private (discloses: false)";
  }
  if (means.behind || !target.seed_with.empty() || !target.url.empty()) return "";
  return target.name +
         " has nothing of anybody: nothing stands behind it that could hold it, and no operation makes it";
}

std::string Surroundings::NoPlace(std::string_view place) const {
  if (place == "audit" && target.audit.empty()) return target.name + " writes no audit file that the system file names";
  if (place == "upstream" && !means.ledger) return "no component of " + system.name + " keeps a ledger";
  if (place == "log" && !means.log) return target.name + " was not launched by us: its log is elsewhere";
  if (place != "far_side") return "";
  if (const std::string why = NoTokens(); !why.empty()) return why;
  if (!target.url.empty()) return NoGate();
  return means.behind ? ""
                      : "nothing of " + system.name + " stands behind " + target.name + " but the issuer of its tokens";
}

std::string Surroundings::NotSpoken(const Sending& sending) const {
  if (OverStdio()) {
    if (sending.with.empty()) return target.name + " speaks stdio: a process is started as somebody, never as nobody";
    if (sending.as != Presentation::kHeader) return NoHttp();
    if (!sending.session_of.empty()) return target.name + " speaks stdio: a process has one session, its own";
    // Another process would be started for it, and what a server keeps in its memory would not be there.
    if (!sending.revision.empty() && sending.revision != target.revisions.front() && target.Speaks(sending.revision)) {
      return target.name + " speaks stdio: each process is spoken to in " + target.revisions.front();
    }
  }
  const bool own_header = !target.key_header.empty() && target.key_header != "Authorization";
  if (own_header && sending.as != Presentation::kHeader) return target.name + " takes keys in a header of their own";
  if (sending.revision.empty() || target.Speaks(sending.revision)) return "";
  return target.name + " does not speak revision " + sending.revision;
}

std::string Surroundings::WhyNotProbed(const std::string& probe) const {
  const auto found = probes.find(probe);
  if (found == probes.end()) return "";  // the reader refuses such a name; playing it is an error
  if (std::string why = found->second.WhyNot(target); !why.empty()) return why;
  switch (found->second.asks()) {
    case Asks::kAnything:
      return "";
    case Asks::kAuthentication:
      return OverStdio() ? NoDoor() : "";
    case Asks::kHttp:
      return OverStdio() ? NoHttp() : "";
    case Asks::kSingleRequests:
      if (OverStdio()) return NoDoor();
      return target.transport != Transport::kSse ? ""
                                                 : target.name +
                                                       " speaks HTTP+SSE: requests are interleaved over "
                                                       "Streamable HTTP and plain POST only";
  }
  return "";
}

namespace {

const ProbeSet kNoProbes = {};  // a condition asks for none

std::string WhyNoTls(const TargetSpec& target) {
  if (target.tls.empty()) return "the system file does not say how " + target.name + " is made to speak TLS";
  // `tls` beside `url` says nothing: no certificate of ours reaches a server that others started.
  return target.url.empty() ? "" : target.name + " runs already: its certificates are not ours";
}

// What is to stand beside the scenario's target, and cannot.
std::string WhyNotBeside(const Scenario& scenario, const System& system) {
  for (const std::string& name : scenario.beside) {
    const auto found = system.targets.find(name);
    if (found == system.targets.end() && name == "another") {
      return "no other target of " + system.name + " takes other tokens than " + scenario.target;
    }
    if (found == system.targets.end())
      return "beside it stands '" + name + "', which " + system.name + " does not have";
    if (std::string why = WhyNoTls(found->second); scenario.tls && !why.empty()) return why;
  }
  return "";
}

}  // namespace

const TargetSpec* TargetOf(const Step& step, const Scenario& scenario, const System& system) {
  const auto found = system.targets.find(step.at.empty() ? scenario.target : step.at);
  return found == system.targets.end() ? nullptr : &found->second;
}

std::string WhyNotStep(const Step& step, const Surroundings& around, const std::set<std::string>& absent) {
  const std::string with = EffectsOf(step.action).presents;
  if (absent.contains(with)) return "'" + with + "' is a credential that cannot be made for " + around.target.name;
  return std::visit([&](const auto& action) { return action.WhyNot(around); }, step.action).step;
}

void NoteAbsent(const Step& step, std::set<std::string>& absent) {
  const std::string name = EffectsOf(step.action).makes;
  if (!name.empty()) absent.insert(name);
}

std::string WhyNotCheck(const Step& step, const Expectation& expectation, const TargetSpec& target,
                        const System& system, const Means& means) {
  if (expectation.strict && !target.strict) {
    return "no clause demands it, and the system file does not say that " + target.name + " is strict";
  }
  const std::string operation = EffectsOf(step.action).operation;
  const Surroundings around{target, system, means, kNoProbes, operation};
  if (around.ListStandsIn(operation) && !NeedsOf(expectation.condition).refusal) return around.NoOperation(operation);
  return std::visit([&](const auto& condition) { return condition.WhyNot(around); }, expectation.condition);
}

Means MeansDeclared(const DriverRegistry& driver_registry, const System& system) {
  Means means;
  means.client_fields = ClientFieldsOf(driver_registry);
  const auto add = [](auto& words, const auto& declared, const std::string& component) {
    for (const auto& one : declared) {
      Declared& word = words[one.what];
      word.at_issuer = one.at_issuer;
      word.components.push_back(component);
    }
  };
  for (const ComponentSpec& spec : system.components) {
    const Driver* driver = driver_registry.Find(spec.driver);
    if (driver == nullptr) continue;
    means.speech.emplace(spec.name, driver->speech);
    add(means.revocable, driver->revocable, spec.name);
    add(means.rotatable, driver->rotatable, spec.name);
  }
  return means;
}

TargetTerms TermsOf(const TargetSpec& target, const Means& means) {
  TargetTerms terms{.strict = target.strict};
  for (const auto& [name, operation] : target.operations) terms.tool_of[name] = operation.tool;
  const System nowhere;
  const Surroundings around{target, nowhere, means, kNoProbes};
  for (const Place place : kPlaces) {
    if (!around.NoPlace(Name(place)).empty()) terms.lacks.insert(place);
  }
  return terms;
}

std::string WhyNotAtAll(const Scenario& scenario, const System& system, const Means& means, const ProbeSet& probes) {
  const auto found = system.targets.find(scenario.target);
  if (found == system.targets.end())
    return "it is about '" + scenario.target + "', which " + system.name + " does not have";
  const TargetSpec& target = found->second;
  if (std::string why = WhyNotBeside(scenario, system); !why.empty()) return why;
  for (const GivenPrincipal& given : scenario.principals) {
    if (!system.people.contains(given.person)) return "nobody in " + system.name + " is called '" + given.person + "'";
  }
  for (const auto& [setting, value] : scenario.settings) {
    if (!target.settings.contains(setting)) {
      return "the system file does not say how '" + setting + "' of " + target.name + " is set";
    }
    const auto words = target.setting_words.find(setting);
    if (words != target.setting_words.end() && !words->second.contains(value)) {
      return "the system file does not say what '" + value + "' means for '" + setting + "' of " + target.name;
    }
  }
  if (std::string why = WhyNoTls(target); scenario.tls && !why.empty()) return why;
  std::string first;
  bool any = false;
  std::set<std::string> absent;  // credentials that nobody can make
  // What is about the surroundings is known only once they run: here it counts as there.
  Means perhaps = means;
  perhaps.ledgers.reset();
  perhaps.ledger = perhaps.log = perhaps.behind = true;
  for (const Step& step : scenario.steps) {
    const TargetSpec& there = *TargetOf(step, scenario, system);
    const Surroundings around{there, system, means, probes};
    const std::string stopped =
        std::visit([&](const auto& action) { return action.WhyNot(around); }, step.action).scenario;
    if (!stopped.empty()) return stopped;
    const std::string skipped = WhyNotStep(step, around, absent);
    if (!skipped.empty()) NoteAbsent(step, absent);
    for (const Expectation& expectation : step.expect) {
      const std::string why = skipped.empty() ? WhyNotCheck(step, expectation, there, system, perhaps) : skipped;
      any = any || why.empty();
      if (first.empty()) first = why;
    }
  }
  return any ? "" : first;
}

}  // namespace iff
