#include "harness/run/applies.h"

#include <algorithm>

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

std::string Surroundings::NoComponent(const std::string& component) const {
  if (component.empty() || system.FindComponent(component) != nullptr) return "";
  return "there is no component called '" + component + "' in " + system.name;
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

class WhyNotJudged {
 public:
  WhyNotJudged(const TargetSpec& target, const System& system, const Means& means)
      : around_{target, system, means, kNoProbes}, target_(target), system_(system), means_(means) {}

  std::string operator()(const HttpStatusIs&) const { return around_.OverStdio() ? around_.NoHttp() : ""; }
  std::string operator()(const HeaderIs&) const { return around_.OverStdio() ? around_.NoHttp() : ""; }
  std::string operator()(const RefusesToken&) const { return around_.OverStdio() ? around_.NoDoor() : ""; }
  std::string operator()(const RefusesProof&) const { return around_.OverStdio() ? around_.NoDoor() : ""; }
  std::string operator()(const RefusesRequest&) const { return around_.OverStdio() ? around_.NoDoor() : ""; }
  std::string operator()(const Challenges&) const {
    if (around_.OverStdio()) return around_.NoHttp();
    return target_.key_header.empty() ? "" : target_.name + " takes keys: no clause says how it challenges";
  }
  std::string operator()(const UpstreamSaw& wanted) const { return around_.NoComponent(wanted.component); }
  std::string operator()(const Audited& wanted) const { return around_.NoComponent(wanted.component); }
  std::string operator()(const CountGrows& wanted) const { return around_.NoComponent(wanted.component); }
  std::string operator()(const ProbeFinds& wanted) const {  // "vault.leases" is told of a component
    const size_t dot = wanted.finding.find('.');
    return dot == std::string::npos ? "" : around_.NoComponent(wanted.finding.substr(0, dot));
  }
  std::string operator()(const ToolFails& wanted) const {
    const bool told =
        wanted.codes.empty() || std::any_of(wanted.codes.begin(), wanted.codes.end(),
                                            [&](const std::string& code) { return target_.errors.contains(code); });
    return told ? "" : "the system file lists no such code among the errors of " + target_.name;
  }
  std::string operator()(const NoSecretIn& wanted) const {
    std::string why;
    for (const std::string& place : wanted.places) {
      why = NoPlace(place);
      if (why.empty()) return "";
    }
    return why;
  }
  std::string operator()(const Lists& wanted) const {
    for (const std::string& name : wanted.shown) {
      const bool tool = std::find(target_.tools.begin(), target_.tools.end(), name) != target_.tools.end();
      if (!tool && !target_.operations.contains(name))
        return target_.name + " has no tool or operation called '" + name + "'";
    }
    return "";
  }
  // Of the answer or of the step alone: every target has those. Named one by one, so that a new condition says which.
  std::string operator()(const ToolSucceeds&) const { return ""; }
  std::string operator()(const RpcErrorIs&) const { return ""; }
  std::string operator()(const Discloses&) const { return ""; }
  std::string operator()(const Withholds&) const { return ""; }
  std::string operator()(const Within&) const { return ""; }
  std::string operator()(const AnswerSays&) const { return ""; }
  std::string operator()(const NamesPeople&) const { return ""; }
  std::string operator()(const Tally&) const { return ""; }

  std::string NoPlace(const std::string& place) const {
    if (place == "audit" && target_.audit.empty())
      return target_.name + " writes no audit file that the system file names";
    if (place == "upstream" && !means_.ledger) return "no component of " + system_.name + " keeps a ledger";
    if (place == "far_side") return NoFarSide();
    if (place == "log" && !means_.log) return target_.name + " was not launched by us: its log is elsewhere";
    return "";
  }

 private:
  std::string NoFarSide() const {
    if (around_.OverStdio()) return around_.NoDoor();
    if (!target_.key_header.empty()) return target_.name + " takes keys, and keys are no tokens of an issuer";
    if (!target_.url.empty()) return target_.name + " runs already: nothing stands between it and what it calls";
    return means_.behind
               ? ""
               : "nothing of " + system_.name + " stands behind " + target_.name + " but the issuer of its tokens";
  }

  static inline const ProbeSet kNoProbes = {};  // a condition asks for none

  const Surroundings around_;
  const TargetSpec& target_;
  const System& system_;
  const Means& means_;
};

}  // namespace

std::string WhyNotStep(const Step& step, const Surroundings& around, const std::set<std::string>& absent) {
  const std::string with = EffectsOf(step.action).presents;
  if (absent.contains(with)) return "'" + with + "' is a credential that cannot be made for " + around.target.name;
  return std::visit([&](const auto& action) { return action.WhyNot(around); }, step.action).step;
}

void NoteAbsent(const Step& step, std::set<std::string>& absent) {
  const std::string name = EffectsOf(step.action).makes;
  if (!name.empty()) absent.insert(name);
}

std::string WhyNotCheck(const Expectation& expectation, const TargetSpec& target, const System& system,
                        const Means& means) {
  if (expectation.strict && !target.strict) {
    return "no clause demands it, and the system file does not say that " + target.name + " is strict";
  }
  return std::visit(WhyNotJudged(target, system, means), expectation.condition);
}

Means MeansDeclared(const DriverRegistry& driver_registry, const System& system) {
  Means means;
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
    add(means.revocable, driver->revocable, spec.name);
    add(means.rotatable, driver->rotatable, spec.name);
  }
  return means;
}

TargetTerms TermsOf(const TargetSpec& target, const Means& means) {
  TargetTerms terms{.strict = target.strict};
  for (const auto& [name, operation] : target.operations) terms.tool_of[name] = operation.tool;
  const System nowhere;
  const WhyNotJudged judged(target, nowhere, means);
  for (const Place place : kPlaces) {
    if (!judged.NoPlace(std::string(Name(place))).empty()) terms.lacks.insert(place);
  }
  return terms;
}

std::string WhyNotAtAll(const Scenario& scenario, const System& system, const Means& means, const ProbeSet& probes) {
  const auto found = system.targets.find(scenario.target);
  if (found == system.targets.end())
    return "it is about '" + scenario.target + "', which " + system.name + " does not have";
  const TargetSpec& target = found->second;
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
  if (scenario.tls && target.tls.empty())
    return "the system file does not say how " + target.name + " is made to speak TLS";
  // `tls` beside `url` says nothing: no certificate of ours reaches a server that others started.
  if (scenario.tls && !target.url.empty()) return target.name + " runs already: its certificates are not ours";
  std::string first;
  bool any = false;
  std::set<std::string> absent;  // credentials that nobody can make
  // What is about the surroundings is known only once they run: here it counts as there.
  const Means perhaps{
      .revocable = means.revocable, .rotatable = means.rotatable, .ledger = true, .log = true, .behind = true};
  const Surroundings around{target, system, means, probes};
  for (const Step& step : scenario.steps) {
    const std::string stopped =
        std::visit([&](const auto& action) { return action.WhyNot(around); }, step.action).scenario;
    if (!stopped.empty()) return stopped;
    const std::string skipped = WhyNotStep(step, around, absent);
    if (!skipped.empty()) NoteAbsent(step, absent);
    for (const Expectation& expectation : step.expect) {
      const std::string why = skipped.empty() ? WhyNotCheck(expectation, target, system, perhaps) : skipped;
      any = any || why.empty();
      if (first.empty()) first = why;
    }
  }
  return any ? "" : first;
}

}  // namespace iff
