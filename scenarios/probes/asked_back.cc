// What a server asks its client back before it answers (MCP 2026-07-28, multi round-trip requests), and what the state
// that comes with the question is good for: for whom it was given to, unchanged, for the same call, once.
#include <algorithm>
#include <array>
#include <cctype>

#include "harness/core/scanner.h"
#include "harness/run/fill.h"
#include "harness/run/look.h"
#include "scenarios/probes/belongings.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr const char* kRevision = "2026-07-28";
constexpr const char* kCapabilities = "io.modelcontextprotocol/clientCapabilities";

// All that a client can be asked.
Json Everything() {
  return {{"elicitation", {{"form", Json::object()}, {"url", Json::object()}}},
          {"sampling", Json::object()},
          {"roots", Json::object()}};
}

bool AsksBack(const SendOutcome& sent) {
  return sent.answer && AtOr<std::string>(sent.answer->message, "/result/resultType", "") == "input_required";
}

// An answer to what was asked for, and no further question.
bool Taken(const SendOutcome& sent) { return Succeeded(sent) && !AsksBack(sent); }

// What somebody who agrees to everything fills in.
Json Filled(const Json& schema) {
  const std::string type = AtOr<std::string>(schema, "/type", "string");
  if (const Json* const choices = Find(schema, "/enum"); choices != nullptr && !choices->empty())
    return choices->front();
  if (const Json* const choices = Find(schema, "/oneOf"); choices != nullptr && !choices->empty())
    return AtOr<Json>(choices->front(), "/const", "iff");
  if (type == "boolean") return true;
  if (type == "integer" || type == "number") return AtOr<Json>(schema, "/minimum", 1);
  if (type == "array") return Json::array();
  return "written by iff";
}

Json AnswerTo(const Json& request) {
  const std::string method = AtOr<std::string>(request, "/method", "");
  if (method == "roots/list") return {{"roots", Json::array()}};
  if (method == "sampling/createMessage") {
    return {{"role", "assistant"},
            {"model", "iff"},
            {"stopReason", "endTurn"},
            {"content", {{"type", "text"}, {"text", "written by iff"}}}};
  }
  Json content = Json::object();
  const Json fields = AtOr<Json>(request, "/params/requestedSchema/properties", Json::object());
  for (const auto& [name, schema] : fields.items()) content[name] = Filled(schema);
  return {{"action", "accept"}, {"content", std::move(content)}};
}

Json AnswersTo(const McpAnswer& question) {
  Json answers = Json::object();
  const Json asked = AtOr<Json>(question.message, "/result/inputRequests", Json::object());
  for (const auto& [key, request] : asked.items()) answers[key] = AnswerTo(request);
  return answers;
}

std::string StateIn(const McpAnswer& question) {
  return AtOr<std::string>(question.message, "/result/requestState", "");
}

// "API key" and "apiKey" alike.
std::string Letters(const std::string& text) {
  std::string letters;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0) letters += static_cast<char>(std::tolower(letter));
  }
  return letters;
}

// Which field of the form is for a secret; "": none.
std::string SecretField(const Json& request) {
  static constexpr std::array kSecrets = {"password", "passwd",     "passphrase", "secret",     "apikey",
                                          "token",    "credential", "privatekey", "cardnumber", "pincode"};
  const Json fields = AtOr<Json>(request, "/params/requestedSchema/properties", Json::object());
  for (const auto& [name, schema] : fields.items()) {
    const std::string told = Letters(name) + " " + Letters(AtOr<std::string>(schema, "/title", "")) + " " +
                             Letters(AtOr<std::string>(schema, "/format", ""));
    if (std::any_of(kSecrets.begin(), kSecrets.end(),
                    [&](const char* secret) { return told.find(secret) != std::string::npos; })) {
      return name;
    }
  }
  return "";
}

// Each as somebody might change it who hopes for the best.
std::vector<std::pair<std::string, std::string>> Changed(const std::string& state) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& [where, at] :
       {std::pair("at its beginning", size_t{0}), std::pair("in its middle", state.size() / 2),
        std::pair("near its end", state.size() - 2)}) {
    std::string other = state;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    changed.emplace_back(where, other);
  }
  changed.emplace_back("by what is left out at its end", state.substr(0, state.size() - 4));
  return changed;
}

struct Call {
  std::string name = {};
  Json params = Json::object();
};

class AskedBack {
 public:
  explicit AskedBack(Sandbox& sandbox)
      : sandbox_(sandbox),
        belongings_(sandbox),
        scanner_(sandbox.context().redactor),
        owner_(sandbox.principals().all().front()),
        another_(sandbox.principals().all().back()) {
    another_refused_.expected = "refused from anybody but whom it was given to";
    stranger_refused_.expected = "401, as without it";
    changed_refused_.expected = "refused, wherever it was changed";
    other_call_refused_.expected = "refused with other arguments than those it was given for";
    twice_refused_.expected = "refused the second time";
    undeclared_.expected = "no question that the client did not say it can answer";
    forms_.expected = "no form with a field for a secret";
    shows_.expected = "no credential, and nothing of anybody else, in questions, addresses and states";
  }

  Result<ProbeOutcome> Perform() {
    const TargetSpec& target = sandbox_.target();
    if (std::find(target.revisions.begin(), target.revisions.end(), kRevision) == target.revisions.end())
      return Nothing(target.name + " does not speak " + kRevision);
    for (const Principal& principal : sandbox_.principals().all())
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
    for (const Call& call : Calls()) {
      const SendOutcome question = Ask(call);
      if (!question.answer) return Error(ErrorKind::kUnavailable, call.name + ": " + question.silence);
      if (!AsksBack(question)) continue;
      ++asked_;
      LookAtQuestion(call, question);
      WithoutCapabilities(call);
      if (!StateIn(*question.answer).empty()) {
        if (const Result<void> tried = TryStates(call); !tried.ok())
          return Error(ErrorKind::kUnavailable, call.name + ": " + tried.error().message());
      }
      break;  // one tells how the server does it; each more leaves more behind
    }
    if (asked_ == 0) {
      return Nothing("no operation of " + target.name +
                     " asks the person back before it answers; one that does can be named under asks_back");
    }
    return Outcome();
  }

 private:
  static ProbeOutcome Nothing(const std::string& why) {
    ProbeOutcome none;
    for (const char* const finding : {"state-of-another-is-refused", "state-is-no-login", "changed-state-is-refused",
                                      "state-for-other-arguments-is-refused", "state-twice-is-refused",
                                      "undeclared-is-not-asked", "forms-ask-no-secrets", "questions-show-nothing"}) {
      none.findings[finding].inapplicable = why;
    }
    return none;
  }

  ProbeOutcome Outcome() {
    const std::string none = sandbox_.target().name + " asks back without a state";
    for (Finding* finding :
         {&another_refused_, &stranger_refused_, &changed_refused_, &other_call_refused_, &twice_refused_}) {
      if (states_ == 0) finding->inapplicable = none;
    }
    if (states_ > 0 && !other_arguments_ && other_call_refused_.met)
      other_call_refused_.inapplicable = "what is asked back for takes no text that could be another";
    ProbeOutcome outcome;
    const auto tell = [&](const char* name, Finding& finding) {
      if (finding.met && finding.observed.empty()) finding.observed = "so it is";
      outcome.findings[name] = finding;
    };
    tell("state-of-another-is-refused", another_refused_);
    tell("state-is-no-login", stranger_refused_);
    tell("changed-state-is-refused", changed_refused_);
    tell("state-for-other-arguments-is-refused", other_call_refused_);
    tell("state-twice-is-refused", twice_refused_);
    tell("undeclared-is-not-asked", undeclared_);
    tell("forms-ask-no-secrets", forms_);
    tell("questions-show-nothing", shows_);
    return outcome;
  }

  // What the file says asks back; without it, whatever changes nothing may.
  std::vector<Call> Calls() const {
    const TargetSpec& target = sandbox_.target();
    std::vector<Call> calls;
    const auto add = [&](const std::string& name, const Operation& operation) {
      calls.push_back({.name = name,
                       .params = {{"name", operation.tool},
                                  {"arguments", FillAll(operation.arguments, &owner_, &owner_, target.upstream,
                                                        "written by iff")}}});
    };
    for (const auto& [name, operation] : target.asks_back) add(name, operation);
    if (!calls.empty()) return calls;
    for (const auto& [name, operation] : target.operations) {
      if (!operation.changes && operation.captures.empty() && !name.starts_with("create")) add(name, operation);
    }
    return calls;
  }

  SendOutcome Send(const std::string& with, Json params, const Json& capabilities, const std::string& title) {
    params["_meta"] = {{kCapabilities, capabilities}};
    return sandbox_.client().Send({.with = with, .revision = kRevision}, "tools/call", std::move(params), title);
  }

  SendOutcome Ask(const Call& call) {
    return Send(owner_.persona, call.params, Everything(), owner_.persona + " asks for " + call.name);
  }

  // `question`'s answers, with that state.
  SendOutcome GoOn(const std::string& with, const Call& call, const SendOutcome& question, const std::string& state,
                   const std::string& title) {
    Json params = call.params;
    params["requestState"] = state;
    params["inputResponses"] = AnswersTo(*question.answer);
    return Send(with, std::move(params), Everything(), title);
  }

  void LookAtQuestion(const Call& call, const SendOutcome& question) {
    for (const std::string& one : belongings_.ForeignIn(*question.answer, owner_.persona, Dump(call.params)))
      Note(shows_, "the question for " + call.name + " holds " + one, question);
    for (const Sighting& one : LookInto(scanner_, *question.answer).found) {
      if (!one.belonging.canary && (one.belonging.owner.empty() || one.belonging.owner == owner_.persona))
        Note(shows_, "the question for " + call.name + " holds " + Described(one), question);
    }
    const Json asked = AtOr<Json>(question.answer->message, "/result/inputRequests", Json::object());
    for (const auto& [key, request] : asked.items()) {
      const std::string url = AtOr<std::string>(request, "/params/url", "");
      for (const std::string& name : {owner_.id, owner_.name}) {
        constexpr size_t kTelling = 4;  // a shorter one may stand there by chance
        if (name.size() >= kTelling && url.find(name) != std::string::npos)
          Note(shows_, "the address that " + call.name + " sends people to names " + owner_.persona, question);
      }
      const std::string field = SecretField(request);
      if (!field.empty()) Note(forms_, "the form of " + call.name + " has a field " + field, question);
    }
  }

  void WithoutCapabilities(const Call& call) {
    const SendOutcome sent = Send(owner_.persona, call.params, Json::object(), "a client that can be asked nothing");
    if (!AsksBack(sent)) return;
    if (!AtOr<Json>(sent.answer->message, "/result/inputRequests", Json::object()).empty())
      Note(undeclared_, call.name + " asks a client that said it can be asked nothing", sent);
  }

  // A fresh state for each try, which may use it up; that it was good is shown by one that its owner uses.
  Result<void> TryStates(const Call& call) {
    ++states_;
    const auto fresh = [&]() -> Result<SendOutcome> {
      SendOutcome question = Ask(call);
      if (!AsksBack(question) || StateIn(*question.answer).empty())
        return Error(ErrorKind::kUnavailable, "asked again, it does not ask back: " + StatusOf(question));
      return question;
    };
    const auto note = [&](Finding& finding, const SendOutcome& sent, const std::string& what) {
      if (Taken(sent)) Note(finding, what + ": " + StatusOf(sent), sent);
    };
    const SendOutcome good = TRY(fresh());
    const std::string state = StateIn(*good.answer);
    const SendOutcome own = GoOn(owner_.persona, call, good, state, owner_.persona + " answers");
    if (!Taken(own)) return Error(ErrorKind::kUnavailable, "her own answer is refused: " + StatusOf(own));
    note(twice_refused_, GoOn(owner_.persona, call, good, state, "the same state again"), "the same state again");

    const SendOutcome lent = TRY(fresh());
    note(another_refused_,
         GoOn(another_.persona, call, lent, StateIn(*lent.answer), another_.persona + " with " + owner_.persona + "'s"),
         another_.persona + " with " + owner_.persona + "'s state");
    const SendOutcome found = TRY(fresh());
    note(stranger_refused_, GoOn("", call, found, StateIn(*found.answer), "nobody, with her state"), "without a token");
    const SendOutcome whole = TRY(fresh());
    constexpr size_t kLongEnough = 8;
    if (StateIn(*whole.answer).size() >= kLongEnough) {
      for (const auto& [where, text] : Changed(StateIn(*whole.answer)))
        note(changed_refused_, GoOn(owner_.persona, call, whole, text, "a state changed " + where), "changed " + where);
    }
    for (const auto& [argument, value] : call.params["arguments"].items()) {
      // Another text stays within what the schema wants of it, as far as can be known.
      if (!value.is_string() || value.get_ref<const std::string&>().find(' ') == std::string::npos) continue;
      other_arguments_ = true;
      Call other = call;
      other.params["arguments"][argument] = value.get<std::string>() + ", and something else";
      const SendOutcome bound = TRY(fresh());
      note(other_call_refused_, GoOn(owner_.persona, other, bound, StateIn(*bound.answer), "with another " + argument),
           "with another " + argument);
      break;
    }
    return {};
  }

  Sandbox& sandbox_;
  const Belongings belongings_;
  const Scanner scanner_;
  const Principal owner_;
  const Principal another_;
  size_t asked_ = 0;
  size_t states_ = 0;
  bool other_arguments_ = false;
  Finding another_refused_ = {.met = true};
  Finding stranger_refused_ = {.met = true};
  Finding changed_refused_ = {.met = true};
  Finding other_call_refused_ = {.met = true};
  Finding twice_refused_ = {.met = true};
  Finding undeclared_ = {.met = true};
  Finding forms_ = {.met = true};
  Finding shows_ = {.met = true};
};

Result<ProbeOutcome> PlayAskedBack(Sandbox& sandbox, const Json&) { return AskedBack(sandbox).Perform(); }

}  // namespace

void AddAskedBackProbes(ProbeSet& probes) {
  probes["asked_back"] = {PlayAskedBack, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
}

}  // namespace iff
