#include "harness/run/judge.h"

#include <algorithm>

#include "harness/run/challenge.h"
#include "harness/run/phrases.h"

namespace iff {
namespace {

// A condition weighed: met or not, or not to be found out.
struct Weighed {
  Verdict verdict = Verdict::kErrored;
  std::string expected = {};
  std::string observed = {};
  std::string reason = {};
  bool tells = false;
};

template <class T>
std::string JoinNumbers(const std::vector<T>& numbers) {
  std::string text;
  for (const T number : numbers) text += (text.empty() ? "" : " or ") + std::to_string(number);
  return text;
}

Weighed Met(bool met, std::string expected, std::string observed) {
  return {met ? Verdict::kPassed : Verdict::kFailed, std::move(expected), std::move(observed), ""};
}

// What the target answered, in a few words.
std::string Describe(const McpAnswer& answer) {
  std::string text = "HTTP " + std::to_string(answer.status);
  if (answer.ToolError()) {
    text += ", tool error" + (answer.ToolErrorCode().empty() ? "" : " " + answer.ToolErrorCode());
  } else if (answer.HasResult()) {
    text += ", a result";
  } else if (answer.HasError()) {
    text += ", JSON-RPC error " + std::to_string(answer.RpcErrorCode());
  }
  if (const std::string* challenge = answer.headers.Find("WWW-Authenticate")) text += ", " + *challenge;
  if (!answer.problem.empty()) text += ", " + answer.problem;
  return ClippedLine(text);
}

Weighed WeighChallenge(const Challenges& wanted, const McpAnswer& answer) {
  std::string expected = "WWW-Authenticate: Bearer with resource_metadata and " +
                         (wanted.error.empty() ? std::string("no error") : "error=\"" + wanted.error + "\"") +
                         (wanted.scoped ? " and scope" : "");
  const std::string challenge = ChallengeIn("Bearer", answer);
  if (challenge.empty()) {
    const std::string* const other = answer.headers.Find("WWW-Authenticate");
    return Met(false, expected,
               other == nullptr || other->empty() ? Describe(answer) + ", no WWW-Authenticate" : *other);
  }
  const auto parameters = ParametersOf("Bearer", challenge);
  const auto value = [&](const char* name) {
    const auto found = parameters->find(name);
    return found == parameters->end() ? std::string() : found->second;
  };
  const bool met = !value("resource_metadata").empty() && value("error") == wanted.error &&
                   (!wanted.scoped || !value("scope").empty());
  return Met(met, expected, challenge);
}

bool InRange(int64_t value, const std::optional<int64_t>& exactly, const std::optional<int64_t>& at_least,
             const std::optional<int64_t>& at_most = {}) {
  return (!exactly || value == *exactly) && (!at_least || value >= *at_least) && (!at_most || value <= *at_most);
}

std::string Range(const std::optional<int64_t>& exactly, const std::optional<int64_t>& at_least,
                  const std::optional<int64_t>& at_most = {}) {
  if (exactly) return std::to_string(*exactly);
  std::string text;
  if (at_least) text = "at least " + std::to_string(*at_least);
  if (at_most) text += (text.empty() ? "at most " : " and at most ") + std::to_string(*at_most);
  return text;
}

class Weigher {
 public:
  Weigher(const TargetTerms& terms, const Observation& seen) : terms_(terms), seen_(seen) {}

  Weighed operator()(const ToolSucceeds&) const {
    return OfAnswer("the tool succeeds", [](const McpAnswer& answer) {
      return answer.status == 200 && answer.HasResult() && !answer.ToolError() && answer.problem.empty();
    });
  }
  Weighed operator()(const ToolFails& wanted) const {
    const std::string expected =
        "a tool error" + (wanted.codes.empty() ? std::string() : " with code " + WithCommas(wanted.codes));
    Weighed weighed = OfAnswer(expected, [&](const McpAnswer& answer) {
      if (answer.status != 200 || !answer.ToolError()) return false;
      return wanted.codes.empty() ||
             std::find(wanted.codes.begin(), wanted.codes.end(), answer.ToolErrorCode()) != wanted.codes.end();
    });
    const NotObservable* const missed = seen_.WhyNot(Place::kFault);
    const bool served =
        seen_.answer && seen_.answer->status == 200 && seen_.answer->HasResult() && !seen_.answer->ToolError();
    if (!served || missed == nullptr) return weighed;
    return {Verdict::kErrored, expected, weighed.observed, "the fault disturbed nobody: " + missed->reason};
  }
  Weighed operator()(const HttpStatusIs& wanted) const {
    return OfAnswer("HTTP " + JoinNumbers(wanted.statuses), [&](const McpAnswer& answer) {
      return std::find(wanted.statuses.begin(), wanted.statuses.end(), answer.status) != wanted.statuses.end();
    });
  }
  Weighed operator()(const Challenges& wanted) const {
    if (!seen_.answer) return Silent("a challenge");
    return WeighChallenge(wanted, *seen_.answer);
  }
  Weighed operator()(const RefusesToken&) const {
    const std::string expected = terms_.strict
                                     ? "HTTP 401 with error=\"invalid_token\" and resource_metadata, and no result"
                                     : "HTTP 401 with WWW-Authenticate: Bearer, and no result";
    if (!seen_.answer) return Silent(expected);
    const McpAnswer& answer = *seen_.answer;
    const bool challenged = terms_.strict
                                ? WeighChallenge({.error = "invalid_token"}, answer).verdict == Verdict::kPassed
                                : HasScheme("Bearer", answer);
    const bool met = answer.status == 401 && !answer.HasResult() && challenged;
    Weighed weighed = Met(met && seen_.seen_of.empty(), expected, Describe(answer));
    if (!met && answer.HasResult() && !answer.ToolError()) {
      Tell(weighed, "took a token", "the token was accepted");
    } else if (met && !seen_.seen_of.empty()) {
      weighed.observed += ", with " + WithCommas(seen_.seen_of.begin()->second);
      weighed.reason = "the refusal holds " + WithCommas(seen_.seen_of.begin()->second);
    }
    return weighed;
  }
  Weighed operator()(const RefusesProof&) const {
    const std::string expected =
        "HTTP 401 with WWW-Authenticate: DPoP and error=\"invalid_dpop_proof\" or \"invalid_token\", and no result";
    if (!seen_.answer) return Silent(expected);
    const McpAnswer& answer = *seen_.answer;
    const auto parameters = ParametersOf("DPoP", ChallengeIn("DPoP", answer));
    const auto error = parameters ? parameters->find("error") : std::map<std::string, std::string>::const_iterator();
    const bool challenged = parameters && error != parameters->end() &&
                            (error->second == "invalid_dpop_proof" || error->second == "invalid_token");
    const bool met = answer.status == 401 && !answer.HasResult() && challenged;
    Weighed weighed = Met(met && seen_.seen_of.empty(), expected, Describe(answer));
    if (!met && answer.HasResult() && !answer.ToolError()) Tell(weighed, "let in a request", "the request was let in");
    if (met && !seen_.seen_of.empty())
      weighed.reason = "the refusal holds " + WithCommas(seen_.seen_of.begin()->second);
    return weighed;
  }
  Weighed operator()(const RefusesRequest&) const {
    const std::string expected = "HTTP 400 to 499, 501 or 505, or an error of JSON-RPC or of the tool, and no result";
    if (!seen_.answer) return HungUp() ? Met(true, expected, "the connection was ended") : Silent(expected);
    const McpAnswer& answer = *seen_.answer;
    // What answers under another id, or under none, is a result all the same.
    // Beside MCP the status alone says so.
    const bool carried_out = seen_.as_http && answer.status < 400 && !answer.HasError();
    const bool result = carried_out || (answer.HasResult() && !answer.ToolError()) ||
                        (answer.status == 200 && !answer.HasError() && !answer.problem.empty());
    // RFC 9110 sections 15.6.2 and 15.6.6: what was asked for is not supported, and nothing broke.
    const bool broke = answer.status >= 500 && answer.status != 501 && answer.status != 505;
    Weighed weighed = Met(!result && !broke && seen_.seen_of.empty(), expected, Describe(answer));
    if (result) Tell(weighed, "carried out a request", "the request was carried out");
    if (broke) weighed.reason = "the server failed over it";
    return weighed;
  }
  Weighed operator()(const RpcErrorIs& wanted) const {
    return OfAnswer("JSON-RPC error " + JoinNumbers(wanted.codes), [&](const McpAnswer& answer) {
      return answer.HasError() &&
             std::find(wanted.codes.begin(), wanted.codes.end(), answer.RpcErrorCode()) != wanted.codes.end();
    });
  }
  Weighed operator()(const Discloses& wanted) const {
    const std::string expected = "the answer holds what is private to " + WithCommas(wanted.personas);
    if (!seen_.answer) return Silent(expected);
    if (wanted.personas.empty()) return {Verdict::kErrored, expected, "", "nobody's things are looked for"};
    std::vector<std::string> missing;
    for (const std::string& persona : wanted.personas) {
      const auto canary = seen_.canary.find(persona);
      if (canary == seen_.canary.end()) {
        return {Verdict::kErrored, expected, "", persona + " has nothing at " + seen_.upstream + " that could be seen"};
      }
      if (seen_.answer->body.find(canary->second) == std::string::npos) missing.push_back(persona);
    }
    return Met(
        missing.empty(), expected,
        missing.empty() ? "it does" : "nothing of " + WithCommas(missing) + " in it (" + Describe(*seen_.answer) + ")");
  }
  Weighed operator()(const Withholds& wanted) const {
    std::vector<std::string> found;
    if (wanted.personas.empty()) {
      found = seen_.others_seen;
    } else {
      for (const std::string& persona : wanted.personas) {
        if (std::none_of(seen_.persona_of.begin(), seen_.persona_of.end(),
                         [&](const auto& known) { return known.second == persona; })) {
          return {Verdict::kErrored, "the answer holds nothing of " + persona, "", persona + " is not in this sandbox"};
        }
        if (const auto seen = seen_.seen_of.find(persona); seen != seen_.seen_of.end()) {
          found.insert(found.end(), seen->second.begin(), seen->second.end());
        }
      }
    }
    const std::string whose = wanted.personas.empty() ? "anybody else" : WithCommas(wanted.personas);
    const std::string expected = "the answer holds nothing of " + whose;
    if (!seen_.answer && !HungUp()) return Silent(expected);
    Weighed weighed = Met(found.empty(), expected, found.empty() ? "nothing" : WithCommas(found));
    if (!found.empty()) {
      weighed.reason = (seen_.caller.empty() ? "somebody without a name" : seen_.caller) + " got " + WithCommas(found);
      if (!seen_.target.empty()) weighed.reason += " from " + seen_.target;
      if (!seen_.shown.empty()) weighed.reason += " with what it has to refuse, " + seen_.shown;
      weighed.tells = wanted.personas.empty() && !seen_.target.empty();
    }
    return Inspected(Place::kAnswer, std::move(weighed));
  }
  Weighed operator()(const UpstreamSaw& wanted) const {
    const std::string expected = wanted.component + " saw " + Range(wanted.calls, wanted.at_least) + " calls" +
                                 (wanted.owner.empty() ? "" : ", each with a credential of " + wanted.owner);
    if (const NotObservable* const why = seen_.WhyNot(Place::kLedger, wanted.component)) {
      return {Verdict::kErrored, expected, "", "the ledger could not be read: " + why->reason};
    }
    if (!seen_.downstream.Observed(Place::kLedger, wanted.component)) {
      return {Verdict::kErrored, expected, "", wanted.component + " keeps no ledger"};
    }
    if (!wanted.calls && !wanted.at_least) return Boundless(expected);
    int64_t calls = 0;
    std::vector<std::string> strangers;
    for (const DownstreamEvent& event : seen_.downstream.events) {
      if (event.act.source != DownstreamSource{Place::kLedger, wanted.component}) continue;
      ++calls;
      if (const std::string& persona = event.act.persona; !wanted.owner.empty() && persona != wanted.owner) {
        strangers.push_back(persona.empty() ? "somebody unknown" : persona);
      }
    }
    std::string observed = std::to_string(calls) + " calls";
    if (!strangers.empty()) observed += ", with a credential of " + WithCommas(strangers);
    Weighed weighed = Met(InRange(calls, wanted.calls, wanted.at_least) && strangers.empty(), expected, observed);
    if (!strangers.empty()) {
      weighed.reason = wanted.component + " was asked with a credential of " + strangers.front() + " for " +
                       (seen_.caller.empty() ? "nobody" : seen_.caller);
      weighed.tells = true;
    }
    return calls == 0 ? Believed(std::move(weighed)) : weighed;
  }
  Weighed operator()(const Audited& wanted) const {
    std::string what = wanted.operation.empty() ? "entries" : wanted.operation + " entries";
    if (!wanted.path.empty()) what += " of " + wanted.path;
    if (!wanted.owner.empty()) what += " as " + wanted.owner;
    if (wanted.allowed) what += *wanted.allowed ? " allowed" : " denied";
    const std::string expected = wanted.component + " audited " + Range(wanted.times, wanted.at_least) + " " + what;
    if (const NotObservable* const why = seen_.WhyNot(Place::kAuditLog, wanted.component)) {
      return {Verdict::kErrored, expected, "", "the audit log could not be read: " + why->reason};
    }
    if (!seen_.downstream.Observed(Place::kAuditLog, wanted.component)) {
      return {Verdict::kErrored, expected, "", wanted.component + " keeps no audit log"};
    }
    const std::vector<DownstreamEvent>& events = seen_.downstream.events;
    const auto matches = std::count_if(events.begin(), events.end(), [&](const DownstreamEvent& event) {
      const DownstreamAct& act = event.act;
      return act.source == DownstreamSource{Place::kAuditLog, wanted.component} &&
             (wanted.owner.empty() || act.persona == wanted.owner) &&
             (wanted.operation.empty() || act.action == wanted.operation) &&
             (wanted.path.empty() || act.object.find(wanted.path) != std::string::npos) &&
             (!wanted.allowed || act.allowed == *wanted.allowed);
    });
    if (!wanted.times && !wanted.at_least) return Boundless(expected);
    Weighed weighed =
        Met(InRange(matches, wanted.times, wanted.at_least), expected, std::to_string(matches) + " " + what);
    return matches == 0 ? Believed(std::move(weighed)) : weighed;
  }
  Weighed operator()(const NoSecretIn& wanted) const {
    std::vector<std::string> names;
    std::vector<Place> places;
    for (const std::string& name : wanted.places) {
      const std::optional<Place> place = FindPlace(name);
      if (!place) return {Verdict::kErrored, "no secret in " + name, "", name + " was not looked into"};
      if (terms_.lacks.contains(*place)) continue;
      names.push_back(name);
      places.push_back(*place);
    }
    const std::string expected = "no secret in " + WithCommas(names);
    if (places.empty()) return {Verdict::kErrored, expected, "", "no place was looked into"};
    std::vector<std::string> found;
    for (const Place place : places) {
      const std::string name(Name(place));
      if (const NotObservable* const why = seen_.WhyNot(place)) {
        return {Verdict::kErrored, expected, "", name + " could not be read: " + why->reason};
      }
      const auto leaks = seen_.leaks.find(place);
      if (leaks == seen_.leaks.end()) return {Verdict::kErrored, expected, "", name + " was not looked into"};
      for (const std::string& alias : leaks->second) found.push_back(alias + " in " + name);
    }
    Weighed weighed = Met(found.empty(), expected, found.empty() ? "none" : WithCommas(found));
    if (!found.empty()) weighed.reason = WithCommas(found);
    if (!found.empty() && places == std::vector<Place>{Place::kDownstream}) {
      weighed.observed = WithCommas(seen_.leaks.at(Place::kDownstream));
      weighed.reason = (seen_.target.empty() ? "the server" : seen_.target) + " handed on the token that " +
                       seen_.caller + " had sent to it: " + weighed.observed;
      weighed.tells = true;
    }
    for (const Place place : places) weighed = Inspected(place, std::move(weighed));
    return found.empty() ? Believed(std::move(weighed)) : weighed;
  }
  Weighed operator()(const Within& wanted) const {
    const std::string expected = "an answer within " + std::to_string(wanted.span.count()) + " ms";
    if (!seen_.answer && !seen_.timed_out) return Silent(expected);
    return Met(seen_.answer && seen_.took <= wanted.span, expected,
               std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(seen_.took).count()) + " ms");
  }
  Weighed operator()(const HeaderIs& wanted) const {
    const std::string expected =
        "header " + wanted.name + (wanted.contains.empty() ? "" : " with '" + wanted.contains + "'");
    if (!seen_.answer) return Silent(expected);
    // Several fields of one name are one list (RFC 9110 section 5.3).
    const std::vector<std::string> fields = seen_.answer->headers.All(wanted.name);
    const std::string value = WithCommas(fields);
    return Met(!fields.empty() && value.find(wanted.contains) != std::string::npos, expected,
               fields.empty() ? "no such header" : ClippedLine(value));
  }
  Weighed operator()(const AnswerSays& wanted) const {
    const std::string expected =
        std::string("the answer ") + (wanted.absent ? "does not say '" : "says '") + wanted.text + "'";
    if (!seen_.answer) return Silent(expected);
    // As it travelled, or as it reads: JSON may write the same text in several ways.
    const bool says = seen_.answer->body.find(wanted.text) != std::string::npos ||
                      seen_.answer->Text().find(wanted.text) != std::string::npos;
    return Met(says != wanted.absent, expected, says ? "it does" : "it does not (" + Describe(*seen_.answer) + ")");
  }
  Weighed operator()(const NamesPeople& wanted) const {
    const std::string expected =
        std::string("the answer names ") + (wanted.absent ? "not " : "") + WithCommas(wanted.personas);
    if (!seen_.answer) return Silent(expected);
    if (wanted.personas.empty()) return {Verdict::kErrored, expected, "", "nobody is asked about"};
    std::vector<std::string> named;
    std::vector<std::string> unnamed;
    for (const std::string& persona : wanted.personas) {
      const bool there = std::any_of(seen_.persona_of.begin(), seen_.persona_of.end(), [&](const auto& known) {
        return known.second == persona && (seen_.answer->body.find(known.first) != std::string::npos ||
                                           seen_.answer->Text().find(known.first) != std::string::npos);
      });
      (there ? named : unnamed).push_back(persona);
    }
    const bool met = wanted.absent ? named.empty() : unnamed.empty();
    return Met(met, expected, (named.empty() ? "nobody" : WithCommas(named)) + " (" + Describe(*seen_.answer) + ")");
  }
  Weighed operator()(const Lists& wanted) const {
    const std::vector<std::string> shown = Tools(wanted.shown);
    const std::vector<std::string> hidden = Tools(wanted.hidden);
    std::string expected = "listed: " + WithCommas(shown);
    if (!hidden.empty()) expected += "; hidden: " + WithCommas(hidden);
    if (!seen_.answer) return Silent(expected);
    if (shown.empty() && hidden.empty()) {
      return {Verdict::kErrored, expected, "", "no tool is asked about"};
    }
    std::vector<std::string> listed;
    if (const Json* tools = Find(seen_.answer->message, "/result/tools"); tools != nullptr && tools->is_array()) {
      for (const Json& tool : *tools) listed.push_back(AtOr<std::string>(tool, "/name", ""));
    } else {
      return Met(false, expected, Describe(*seen_.answer));
    }
    const auto lists = [&](const std::string& name) {
      return std::find(listed.begin(), listed.end(), name) != listed.end();
    };
    const bool met =
        std::all_of(shown.begin(), shown.end(), lists) && std::none_of(hidden.begin(), hidden.end(), lists);
    return Met(met, expected, WithCommas(listed));
  }
  Weighed operator()(const CountGrows& wanted) const {
    const std::string key = wanted.component + "." + wanted.what;
    const std::string expected = key + " grows by at most " + std::to_string(wanted.at_most);
    if (const NotObservable* const why = seen_.WhyNot(Place::kCounts, wanted.component)) {
      return {Verdict::kErrored, expected, "", "could not count: " + why->reason};
    }
    const auto growth = seen_.growth.find(key);
    if (growth == seen_.growth.end()) return {Verdict::kErrored, expected, "", "nothing called " + key + " is counted"};
    return Met(growth->second <= wanted.at_most, expected, std::to_string(growth->second));
  }
  Weighed operator()(const ProbeFinds& wanted) const {
    const auto found = seen_.findings.find(wanted.finding);
    if (found == seen_.findings.end()) {
      return {Verdict::kErrored, wanted.finding, "",
              seen_.no_response.empty() ? "the probe found nothing out about it" : seen_.no_response};
    }
    const Finding& finding = found->second;
    if (!finding.inapplicable.empty()) return {Verdict::kInapplicable, finding.expected, "", finding.inapplicable};
    if (!finding.could_not.empty()) return {Verdict::kErrored, finding.expected, finding.observed, finding.could_not};
    return Met(finding.met, finding.expected, finding.observed);
  }
  Weighed operator()(const Tally& wanted) const {
    const auto found = seen_.tally.find(wanted.what);
    const int64_t count = found == seen_.tally.end() ? 0 : found->second;
    const std::string expected = Range(wanted.exactly, wanted.at_least, wanted.at_most) + " answers: " + wanted.what;
    if (seen_.tally.empty()) return {Verdict::kErrored, expected, "", "nothing was sent"};
    if (!wanted.exactly && !wanted.at_least && !wanted.at_most) return Boundless(expected);
    std::string observed;
    for (const auto& [what, times] : seen_.tally) {
      observed += (observed.empty() ? "" : ", ") + std::to_string(times) + " " + what;
    }
    const bool met = InRange(count, wanted.exactly, wanted.at_least, wanted.at_most);
    // What was never answered might have been one more of them.
    const auto silent = seen_.tally.find("silent");
    if (met && wanted.what != "silent" && silent != seen_.tally.end() &&
        !InRange(count + silent->second, wanted.exactly, wanted.at_least, wanted.at_most)) {
      return {Verdict::kErrored, expected, observed, std::to_string(silent->second) + " were not answered at all"};
    }
    return Met(met, expected, observed);
  }

 private:
  // An operation stands for the target's tool.
  std::vector<std::string> Tools(std::vector<std::string> names) const {
    for (std::string& name : names) {
      if (const auto tool = terms_.tool_of.find(name); tool != terms_.tool_of.end()) name = tool->second;
    }
    return names;
  }

  // Who was let in with what, and what it opened: `did` of the server, or `plainly` where nobody knows who was asked
  // what.
  void Tell(Weighed& weighed, const std::string& did, const std::string& plainly) const {
    weighed.reason = plainly;
    if (seen_.target.empty()) return;
    weighed.tells = true;
    weighed.reason = seen_.target + " " + did + (seen_.caller.empty() ? " of nobody's" : " of " + seen_.caller + "'s") +
                     " that it has to refuse" + (seen_.shown.empty() ? "" : ", " + seen_.shown + ",");
    weighed.reason += seen_.asked.empty() ? " and answered" : " and answered " + seen_.asked;
    std::vector<std::string> whose;
    for (const auto& [persona, aliases] : seen_.seen_of)
      whose.push_back(persona.empty() ? WithCommas(aliases) : persona);
    if (!whose.empty()) weighed.reason += " with what is private to " + WithCommas(whose);
  }

  bool HungUp() const { return seen_.may_hang_up && !seen_.answer && !seen_.timed_out && !seen_.target_died; }

  // That nothing was seen proves nothing where nothing was done: met by absence, without an answer, is not green.
  Weighed Believed(Weighed weighed) const {
    if (weighed.verdict != Verdict::kPassed || seen_.answer || seen_.no_response.empty() || HungUp()) return weighed;
    weighed.verdict = Verdict::kErrored;
    weighed.reason = "proves nothing, because no answer came: " + seen_.no_response;
    return weighed;
  }

  // Where something cannot be inspected, that nothing was found there is not green either.
  Weighed Inspected(Place place, Weighed weighed) const {
    const auto closed = seen_.not_inspectable.find(place);
    if (weighed.verdict != Verdict::kPassed || closed == seen_.not_inspectable.end() || closed->second.empty()) {
      return weighed;
    }
    weighed.verdict = Verdict::kErrored;
    weighed.reason = "not observed: " + std::string(Name(place)) + " holds what could not be looked into (" +
                     WithCommas(closed->second) + ")";
    return weighed;
  }

  static Weighed Boundless(const std::string& expected) {
    return {Verdict::kErrored, expected, "", "no number is expected, so any would do"};
  }

  // No answer at all. A target that died or hangs has failed; anything else is not its proven fault.
  Weighed Silent(const std::string& expected) const {
    if (seen_.target_died) return {Verdict::kFailed, expected, "the server died", seen_.no_response};
    if (seen_.timed_out) return {Verdict::kFailed, expected, "no answer", seen_.no_response};
    if (HungUp()) return {Verdict::kFailed, expected, "the connection was ended", seen_.no_response};
    return {Verdict::kErrored, expected, "no answer",
            seen_.no_response.empty() ? "nothing was sent" : seen_.no_response};
  }

  template <class Predicate>
  Weighed OfAnswer(const std::string& expected, Predicate met) const {
    if (!seen_.answer) return Silent(expected);
    return Met(met(*seen_.answer), expected, Describe(*seen_.answer));
  }

  const TargetTerms& terms_;
  const Observation& seen_;
};

}  // namespace

Check Judge(const Expectation& expectation, const TargetTerms& terms, const Observation& seen) {
  Weighed weighed = std::visit(Weigher(terms, seen), expectation.condition);
  Check check{.id = expectation.check,
              .level = expectation.must ? Level::kMust : Level::kShould,
              .verdict = weighed.verdict,
              .reason = std::move(weighed.reason),
              .expected = std::move(weighed.expected),
              .observed = std::move(weighed.observed),
              .clause = expectation.clause,
              .tells = weighed.tells};
  // Where the valid token is refused as well, a refusal proves nothing. A forged one that was taken is proof enough.
  const bool opened = seen.answer && seen.answer->HasResult() && !seen.answer->ToolError();
  if (check.verdict == Verdict::kInapplicable) return check;
  if (!seen.twin_refused.empty() && !(opened && check.verdict == Verdict::kFailed)) {
    check.verdict = Verdict::kErrored;
    check.reason = "proves nothing, because the valid token was refused too: " + seen.twin_refused;
    check.tells = false;
  }
  if (check.reason.empty() && check.verdict != Verdict::kPassed) {
    check.reason = "expected " + check.expected + ", saw " + (check.observed.empty() ? "nothing" : check.observed);
  }
  return check;
}

}  // namespace iff
