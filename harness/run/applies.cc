#include "harness/run/applies.h"

#include <algorithm>

#include "harness/run/tamper/tamper.h"

namespace iff {
namespace {

std::string NoOperation(const std::string& operation, const TargetSpec& target) {
  if (operation.empty() || target.operations.contains(operation)) return "";
  return "the system file names no tool of " + target.name + " for the operation '" + operation + "'";
}

std::string NoComponent(const std::string& component, const System& system) {
  if (component.empty() || system.FindComponent(component) != nullptr) return "";
  return "there is no component called '" + component + "' in " + system.name;
}

// The credential a step presents, "" for none.
struct Uses {
  std::string operator()(const CallStep& step) const { return step.sending.with; }
  std::string operator()(const ListStep& step) const { return step.sending.with; }
  std::string operator()(const ReadStep& step) const { return step.sending.with; }
  std::string operator()(const ReplayStep& step) const { return step.sending.with; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "";
  }
};

bool OverStdio(const TargetSpec& target) { return target.transport == Transport::kStdio; }

// What is told of a door there is none of: a process acts for whoever started it, with what they gave it.
std::string NoDoor(const TargetSpec& target) {
  return target.name +
         " speaks stdio: whoever starts the process has chosen who it acts for, and no clause has it check that";
}
std::string NoHttp(const TargetSpec& target) { return target.name + " speaks stdio: there is no HTTP"; }

// Of a step that sends something to the target.
class WhyNotSent {
 public:
  explicit WhyNotSent(const TargetSpec& target) : target_(target) {}

  std::string operator()(const CallStep& step) const {
    if (const std::string why = NotSpoken(step.sending); !why.empty()) return why;
    if (const std::string why = NoOperation(step.operation, target_); !why.empty()) return why;
    const bool unknown = !step.tool.empty() && !target_.tools.empty() &&
                         std::find(target_.tools.begin(), target_.tools.end(), step.tool) == target_.tools.end();
    return unknown ? target_.name + " has no tool called '" + step.tool + "'" : "";
  }
  std::string operator()(const ListStep& step) const {
    // Each of these two belongs to one era of the protocol.
    if (step.method == "server/discover" && step.sending.revision.empty() && !target_.Speaks("2026-07-28")) {
      return NotSpoken({.revision = "2026-07-28"});
    }
    return NotSpoken(step.sending);
  }
  std::string operator()(const ReadStep& step) const { return NotSpoken(step.sending); }
  std::string operator()(const ReplayStep& step) const {
    return OverStdio(target_) ? target_.name + " speaks stdio: a line reaches one process, whoever sends it"
                              : NotSpoken(step.sending);
  }
  std::string operator()(const AttackStep& step) const {
    if (const Attack* const request = FindTamperedRequest(step.attack); request != nullptr) {
      if (target_.transport != Transport::kHttp) return target_.name + " is not spoken to by single requests over HTTP";
      if (!request->revision.empty() && !target_.Speaks(request->revision))
        return NotSpoken({.revision = request->revision});
      return NoOperation(step.operation, target_);
    }
    if (const std::string why = NoTokens(); !why.empty()) return why;
    return NoOperation(step.operation, target_);
  }
  std::string operator()(const ObtainStep& step) const {
    return OverStdio(target_) && step.scopes ? NoDoor(target_) : "";
  }
  std::string operator()(const MintStep&) const { return NoTokens(); }
  std::string operator()(const ExchangeStep&) const { return NoTokens(); }
  std::string operator()(const ProbeStep& step) const {
    // These ask in words of HTTP, or forge tokens.
    static const std::set<std::string> of_http = {"http_methods", "other_doors",     "browsers",      "other_faces",
                                                  "stalled",      "published_texts", "refusal_texts", "session_names"};
    const bool http = of_http.contains(step.name);
    const bool doors = http || step.name == "scopes" || step.name == "leeway" || step.name == "audit_trail" ||
                       step.name == "session_end" || step.name == "interleavings";
    if (doors && OverStdio(target_)) return http ? NoHttp(target_) : NoDoor(target_);
    if (step.name == "interleavings" && target_.transport == Transport::kSse) {
      return target_.name + " speaks HTTP+SSE: requests are interleaved over Streamable HTTP and plain POST only";
    }
    if (const std::string why = NoOperation(AtOr<std::string>(step.arguments, "/operation", ""), target_);
        !why.empty()) {
      return why;
    }
    for (const Json& operation : AtOr<Json>(step.arguments, "/operations", Json::array())) {
      if (const std::string why = NoOperation(AtOr<std::string>(operation, "", ""), target_); !why.empty()) return why;
    }
    for (const Json& use : AtOr<Json>(step.arguments, "/scopes", Json::array())) {
      const std::string name = AtOr<std::string>(use, "", "");
      if (!target_.scopes.contains(name))
        return "the system file names no scope of " + target_.name + " for '" + name + "'";
    }
    return "";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "";
  }

 private:
  std::string NoTokens() const {
    if (OverStdio(target_)) return NoDoor(target_);
    return target_.key_header.empty() ? "" : target_.name + " takes keys, and keys are no tokens of an issuer";
  }
  std::string NotSpoken(const Sending& sending) const {
    if (OverStdio(target_)) {
      if (sending.with.empty())
        return target_.name + " speaks stdio: a process is started as somebody, never as nobody";
      if (sending.as != Presentation::kHeader) return NoHttp(target_);
      if (!sending.session_of.empty()) return target_.name + " speaks stdio: a process has one session, its own";
      // Another process would be started for it, and what a server keeps in its memory would not be there.
      if (!sending.revision.empty() && sending.revision != target_.revisions.front() &&
          target_.Speaks(sending.revision)) {
        return target_.name + " speaks stdio: each process is spoken to in " + target_.revisions.front();
      }
    }
    const bool own_header = !target_.key_header.empty() && target_.key_header != "Authorization";
    if (own_header && sending.as != Presentation::kHeader) return target_.name + " takes keys in a header of their own";
    if (sending.revision.empty() || target_.Speaks(sending.revision)) return "";
    return target_.name + " does not speak revision " + sending.revision;
  }

  const TargetSpec& target_;
};

// Of a step that does something to what stands behind the target.
std::string WhyNotDone(const Step& step, const TargetSpec& target, const System& system, const Means& means) {
  if (std::holds_alternative<RotateStep>(step.action) && OverStdio(target)) return NoDoor(target);
  if (std::holds_alternative<RotateStep>(step.action) && !target.key_header.empty()) {
    return target.name + " takes keys: there is no issuer whose keys could be rotated";
  }
  if (const auto* fault = std::get_if<FaultStep>(&step.action)) {
    // A store is sealed at the store itself.
    if (!target.url.empty() && fault->as != "sealed")
      return target.name + " runs already: nothing stands between it and what it calls";
    return NoComponent(fault->component, system);
  }
  if (const auto* probe = std::get_if<ProbeStep>(&step.action); probe != nullptr) {
    const std::string disturbs = AtOr<std::string>(probe->arguments, "/disturbs", "");
    if (!disturbs.empty() && !target.url.empty())
      return target.name + " runs already: nothing stands between it and what it calls";
    if (!disturbs.empty()) return NoComponent(disturbs, system);
  }
  if (const auto* heal = std::get_if<HealStep>(&step.action)) return NoComponent(heal->component, system);
  if (const auto* revoke = std::get_if<RevokeStep>(&step.action)) {
    const bool at_issuer = revoke->what == "sessions" || revoke->what == "account";
    if (at_issuer && OverStdio(target)) return NoDoor(target);
    if (at_issuer && !target.key_header.empty()) return target.name + " takes keys: there is no issuer to revoke them";
    if (!at_issuer && !means.secret_store) return "no component of " + system.name + " keeps people's secrets";
  }
  return "";
}

class WhyNotJudged {
 public:
  WhyNotJudged(const TargetSpec& target, const System& system, const Means& means)
      : target_(target), system_(system), means_(means) {}

  std::string operator()(const HttpStatusIs&) const { return OverStdio(target_) ? NoHttp(target_) : ""; }
  std::string operator()(const HeaderIs&) const { return OverStdio(target_) ? NoHttp(target_) : ""; }
  std::string operator()(const RefusesToken&) const { return OverStdio(target_) ? NoDoor(target_) : ""; }
  std::string operator()(const RefusesProof&) const { return OverStdio(target_) ? NoDoor(target_) : ""; }
  std::string operator()(const RefusesRequest&) const { return OverStdio(target_) ? NoDoor(target_) : ""; }
  std::string operator()(const Challenges&) const {
    if (OverStdio(target_)) return NoHttp(target_);
    return target_.key_header.empty() ? "" : target_.name + " takes keys: no clause says how it challenges";
  }
  std::string operator()(const UpstreamSaw& wanted) const { return NoComponent(wanted.component, system_); }
  std::string operator()(const Audited& wanted) const { return NoComponent(wanted.component, system_); }
  std::string operator()(const CountGrows& wanted) const { return NoComponent(wanted.component, system_); }
  std::string operator()(const ProbeFinds& wanted) const {  // "vault.leases" is told of a component
    const size_t dot = wanted.finding.find('.');
    return dot == std::string::npos ? "" : NoComponent(wanted.finding.substr(0, dot), system_);
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
  template <class Other>
  std::string operator()(const Other&) const {
    return "";
  }

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
    if (OverStdio(target_)) return NoDoor(target_);
    if (!target_.key_header.empty()) return target_.name + " takes keys, and keys are no tokens of an issuer";
    if (!target_.url.empty()) return target_.name + " runs already: nothing stands between it and what it calls";
    return means_.behind
               ? ""
               : "nothing of " + system_.name + " stands behind " + target_.name + " but the issuer of its tokens";
  }

  const TargetSpec& target_;
  const System& system_;
  const Means& means_;
};

}  // namespace

std::string WhyNotStep(const Step& step, const TargetSpec& target, const std::set<std::string>& absent) {
  const std::string with = std::visit(Uses{}, step.action);
  if (absent.contains(with)) return "'" + with + "' is a credential that cannot be made for " + target.name;
  return std::visit(WhyNotSent(target), step.action);
}

void NoteAbsent(const Step& step, std::set<std::string>& absent) {
  if (const auto* mint = std::get_if<MintStep>(&step.action)) absent.insert(mint->name);
  if (const auto* exchange = std::get_if<ExchangeStep>(&step.action)) absent.insert(exchange->name);
  if (const auto* obtain = std::get_if<ObtainStep>(&step.action)) absent.insert(obtain->name);
}

std::string WhyNotCheck(const Expectation& expectation, const TargetSpec& target, const System& system,
                        const Means& means) {
  if (expectation.strict && !target.strict) {
    return "no clause demands it, and the system file does not say that " + target.name + " is strict";
  }
  return std::visit(WhyNotJudged(target, system, means), expectation.condition);
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

std::string WhyNotAtAll(const Scenario& scenario, const System& system, const Means& means) {
  const auto found = system.targets.find(scenario.target);
  if (found == system.targets.end())
    return "it is about '" + scenario.target + "', which " + system.name + " does not have";
  const TargetSpec& target = found->second;
  for (const GivenSubject& given : scenario.subjects) {
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
  std::string first;
  bool any = false;
  std::set<std::string> absent;  // credentials that nobody can make
  // What is about the surroundings is known only once they run: here it counts as there.
  const Means perhaps{.secret_store = means.secret_store, .ledger = true, .log = true, .behind = true};
  for (const Step& step : scenario.steps) {
    if (const std::string why = WhyNotDone(step, target, system, means); !why.empty()) return why;
    const std::string skipped = WhyNotStep(step, target, absent);
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
