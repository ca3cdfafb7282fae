// What a server asks its client back before it answers (MCP 2026-07-28, multi round-trip requests), and what the state
// that comes with the question is good for: for whom it was given to, unchanged, for the same call.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "harness/core/plain.h"
#include "harness/core/scanner.h"
#include "harness/core/utf8.h"
#include "harness/core/words.h"
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

std::string Became(const SendOutcome& sent) {
  if (AsksBack(sent)) return "it asks again";
  return StatusOf(sent) + (sent.answer && sent.answer->ToolError() ? " with the tool's error" : "");
}

Json QuestionsIn(const SendOutcome& question) {
  return AtOr<Json>(question.answer->message, "/result/inputRequests", Json::object());
}

std::string StateIn(const SendOutcome& question) {
  return AtOr<std::string>(question.answer->message, "/result/requestState", "");
}

// One of the values that the schema lists.
std::optional<Json> OneListed(const Json& schema) {
  for (const char* const member : {"/default", "/const", "/enum/0", "/oneOf/0/const", "/anyOf/0/const"}) {
    if (const Json* const value = Find(schema, member)) return *value;
  }
  return std::nullopt;
}

std::string FilledText(const Json& schema) {
  const std::string format = AtOr<std::string>(schema, "/format", "");
  if (format == "email") return "iff@example.org";
  if (format == "uri") return "https://example.org/";
  if (format == "date") return "2026-01-01";
  if (format == "date-time") return "2026-01-01T00:00:00Z";
  std::string text = "written by iff";
  constexpr int64_t kMost = 1000;  // of what a server may want
  const int64_t least = std::min(kMost, AtOr<int64_t>(schema, "/minLength", 0));
  const int64_t most = std::max<int64_t>(0, AtOr<int64_t>(schema, "/maxLength", kMost));
  while (static_cast<int64_t>(text.size()) < least) text += 'x';
  return text.substr(0, static_cast<size_t>(most));
}

// What somebody who agrees to everything fills in.
Json Filled(const Json& schema) {
  if (std::optional<Json> listed = OneListed(schema)) return *std::move(listed);
  const std::string type = AtOr<std::string>(schema, "/type", "string");
  if (type == "boolean") return true;
  if (type == "integer" || type == "number") return AtOr<Json>(schema, "/minimum", 1);
  if (type == "array") {
    const std::optional<Json> one = OneListed(AtOr<Json>(schema, "/items", Json::object()));
    return AtOr<int64_t>(schema, "/minItems", 0) > 0 && one ? Json::array({*one}) : Json::array();
  }
  return FilledText(schema);
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
  if (AtOr<std::string>(request, "/params/mode", "form") == "url") return {{"action", "accept"}};
  Json content = Json::object();
  const Json fields = AtOr<Json>(request, "/params/requestedSchema/properties", Json::object());
  for (const auto& [name, schema] : fields.items()) content[name] = Filled(schema);
  return {{"action", "accept"}, {"content", std::move(content)}};
}

Json AnswersTo(const SendOutcome& question) {
  Json answers = Json::object();
  const Json asked = QuestionsIn(question);
  for (const auto& [key, request] : asked.items()) answers[key] = AnswerTo(request);
  return answers;
}

// Which field of the form is for a secret; "": none. A choice, or whether to do something with one, is none.
std::string SecretField(const Json& request) {
  const Json fields = AtOr<Json>(request, "/params/requestedSchema/properties", Json::object());
  for (const auto& [name, schema] : fields.items()) {
    if (AtOr<std::string>(schema, "/type", "string") != "string" || OneListed(schema)) continue;
    if (SpeaksOfASecret(name) || SpeaksOfASecret(AtOr<std::string>(schema, "/title", "")) ||
        AtOr<std::string>(schema, "/format", "") == "password") {
      return name;
    }
  }
  return "";
}

constexpr size_t kLongEnough = 8;  // a state that is shorter holds nothing

enum class StatePart { kBeginning, kMiddle, kEnd };
constexpr std::array kStateParts = {std::pair(StatePart::kBeginning, "at its beginning"),
                                    std::pair(StatePart::kMiddle, "in its middle"),
                                    std::pair(StatePart::kEnd, "near its end")};

// As somebody might who hopes for the best. The letter that takes another's place differs from it in its first bits, in
// whatever alphabet, and stays one of it. Of states that are long enough.
std::string ChangedIn(StatePart part, std::string state) {
  const size_t end = state.find_last_not_of('=');
  if (end == std::string::npos) return state + "A";
  const size_t at = part == StatePart::kBeginning ? 0
                    : part == StatePart::kMiddle  ? state.size() / 2
                                                  : std::max<size_t>(end, 1) - 1;
  state[at] = state[at] == 'A' || state[at] == 'a' ? '5' : 'A';
  return state;
}

struct Call {
  std::string name = {};
  int line = 0;  // in the file, of one that it says asks back
  Json params = Json::object();
  bool once = false;
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
    stranger_refused_.expected = "refused without a token";
    changed_refused_.expected = "refused, wherever it was changed";
    other_call_refused_.expected = "refused with other arguments than those it was given for";
    twice_refused_.expected = "refused the second time";
    undeclared_.expected = "no question that the client did not say it can answer";
    forms_.expected = "no form with a field for a secret";
    shows_.expected = "no credential, and nothing of anybody, in questions, addresses and states";
  }

  Result<ProbeOutcome> Perform() {
    const TargetSpec& target = sandbox_.target();
    if (std::find(target.revisions.begin(), target.revisions.end(), kRevision) == target.revisions.end())
      return Nothing(target.name + " does not speak " + kRevision);
    for (const Principal& principal : sandbox_.principals().all())
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
    size_t asked = 0;
    bool tried = false;
    for (const Call& call : Calls()) {
      const SendOutcome question = Ask(owner_.persona, call);
      if (!AsksBack(question)) {
        if (call.line == 0) continue;
        return Error(ErrorKind::kInvalidInput, "asks_back " + call.name + " (line " + std::to_string(call.line) +
                                                   ") was answered without a question: " + StatusOf(question));
      }
      ++asked;
      LookAtQuestion(call, question);
      WithoutCapabilities(call);
      // One tells how the server does it; each more leaves more behind.
      if (!tried && !StateIn(question).empty()) {
        tried = true;
        TryStates(call, question);
      }
    }
    if (asked == 0) {
      return Nothing("no operation of " + target.name +
                     " asks the person back before it answers; one that does can be named under asks_back");
    }
    if (!tried) DoNotApply(target.name + " asks back without a state");
    return Outcome();
  }

 private:
  std::array<std::pair<const char*, Finding*>, 8> All() {
    return {{{"state-of-another-is-refused", &another_refused_},
             {"state-is-no-login", &stranger_refused_},
             {"changed-state-is-refused", &changed_refused_},
             {"state-for-other-arguments-is-refused", &other_call_refused_},
             {"state-twice-is-refused", &twice_refused_},
             {"undeclared-is-not-asked", &undeclared_},
             {"forms-ask-no-secrets", &forms_},
             {"questions-show-nothing", &shows_}}};
  }

  ProbeOutcome Nothing(const std::string& why) {
    for (const auto& [name, finding] : All()) finding->inapplicable = why;
    return Outcome();
  }

  std::array<Finding*, 5> OfStates() {
    return {&another_refused_, &stranger_refused_, &changed_refused_, &other_call_refused_, &twice_refused_};
  }
  // What was not refuted by then.
  void DoNotApply(const std::string& why) {
    for (Finding* finding : OfStates()) {
      if (finding->met) finding->inapplicable = why;
    }
  }

  ProbeOutcome Outcome() {
    ProbeOutcome outcome;
    for (const auto& [name, finding] : All()) {
      if (finding->met) finding->observed = "so it is";
      outcome.findings[name] = *finding;
    }
    return outcome;
  }

  // What the file says asks back; without it, whatever changes nothing may.
  std::vector<Call> Calls() const {
    const TargetSpec& target = sandbox_.target();
    std::vector<Call> calls;
    const auto params = [&](const std::string& tool, const Json& arguments) {
      return Json{{"name", tool},
                  {"arguments", FillAll(arguments, &owner_, &owner_, target.upstream, "written by iff")}};
    };
    for (const auto& [name, asking] : target.asks_back)
      calls.push_back({name, asking.line, params(asking.tool, asking.arguments), asking.once});
    if (!calls.empty()) return calls;
    for (const auto& [name, operation] : target.operations) {
      if (operation.changes || !operation.captures.empty() || name.starts_with("create")) continue;
      calls.push_back({.name = name, .params = params(operation.tool, operation.arguments)});
    }
    return calls;
  }

  SendOutcome Send(const std::string& with, Json params, const Json& capabilities, const std::string& title) {
    params["_meta"] = {{kCapabilities, capabilities}};
    return sandbox_.client().Send({.with = with, .revision = kRevision}, "tools/call", std::move(params), title);
  }

  // "": without a token.
  SendOutcome Ask(const std::string& with, const Call& call) {
    return Send(with, call.params, Everything(), "asked for " + call.name + (with.empty() ? " without a token" : ""));
  }

  // With what `question` wants to know, and that state; "": without one.
  SendOutcome GoOn(const std::string& with, const Call& call, const SendOutcome& question, const std::string& state,
                   const std::string& title) {
    Json params = call.params;
    if (!state.empty()) params["requestState"] = state;
    if (Json answers = AnswersTo(question); !answers.empty()) params["inputResponses"] = std::move(answers);
    return Send(with, std::move(params), Everything(), title);
  }

  void LookAtQuestion(const Call& call, const SendOutcome& question) {
    for (const std::string& one : belongings_.ForeignIn(*question.answer, owner_.persona, Dump(call.params)))
      Note(shows_, "the question for " + call.name + " holds " + one, question);
    for (const Sighting& one : LookInto(scanner_, *question.answer).found) {
      if (!one.belonging.canary && (one.belonging.owner.empty() || one.belonging.owner == owner_.persona))
        Note(shows_, "the question for " + call.name + " holds " + Described(one), question);
    }
    const Json asked = QuestionsIn(question);
    for (const auto& [key, request] : asked.items()) {
      elicits_ = elicits_ || AtOr<std::string>(request, "/method", "") == "elicitation/create";
      const std::string url = AtOr<std::string>(request, "/params/url", "");
      for (const std::string& name : {owner_.id, owner_.name}) {
        constexpr size_t kTelling = 4;  // a shorter one may stand there by chance
        if (name.size() >= kTelling && url.find(name) != std::string::npos)
          Note(shows_, "the address that " + call.name + " sends people to names " + owner_.persona, question);
      }
      const std::string field = SecretField(request);
      constexpr size_t kPrinted = 80;
      if (!field.empty())
        Note(forms_, "the form of " + call.name + " has a field " + Plain(WholeLetters(field, kPrinted)), question);
    }
  }

  void WithoutCapabilities(const Call& call) {
    const SendOutcome sent = Send(owner_.persona, call.params, Json::object(), "a client that can be asked nothing");
    if (AsksBack(sent) && !QuestionsIn(sent).empty())
      Note(undeclared_, call.name + " asks a client that said it can be asked nothing", sent);
  }

  // A fresh state for each try, which may use it up. Each is tried only where it could succeed; that states are good
  // at all is shown by one that its owner uses.
  void TryStates(const Call& call, const SendOutcome& question) {
    const std::string owners = owner_.persona + "'s state";
    if (Taken(GoOn(owner_.persona, call, question, "", owner_.persona + " answers, without the state"))) {
      DoNotApply("the call goes on without its state: nothing hangs on that");
      stranger_refused_.inapplicable.clear();
      WithoutAToken(call);
      return;
    }
    WithoutAToken(call);
    if (!elicits_) {
      another_refused_.inapplicable = "no person is asked, only a client";
    } else if (const SendOutcome own = Ask(another_.persona, call); !AsksBack(own)) {
      another_refused_.inapplicable = another_.persona + " may not make this call: " + Became(own);
    } else {
      Try(another_refused_, another_.persona, call, call, another_.persona + " with " + owners);
    }
    TryChanged(call, StateIn(question));
    TryOtherArguments(call);
    UseOne(call);
  }

  // Attacks one state by `with`, `made` in place of the call it was given for.
  void Try(Finding& finding, const std::string& with, const Call& call, const Call& made, const std::string& what,
           std::optional<StatePart> changed = {}) {
    const SendOutcome question = Ask(owner_.persona, call);
    if (!AsksBack(question) || StateIn(question).size() < (changed ? kLongEnough : 1)) {
      if (finding.met) finding.could_not = "asked again, it gives no such state: " + Became(question);
      return;
    }
    const std::string state = changed ? ChangedIn(*changed, StateIn(question)) : StateIn(question);
    const SendOutcome sent = GoOn(with, made, question, state, what);
    if (Taken(sent)) {
      finding.could_not.clear();
      Note(finding, what + ": " + Became(sent), sent);
    }
  }

  void WithoutAToken(const Call& call) {
    if (Succeeded(Ask("", call))) {
      stranger_refused_.inapplicable = "the call needs no token at all";
      return;
    }
    Try(stranger_refused_, "", call, call, "without a token, with " + owner_.persona + "'s state");
  }

  void TryChanged(const Call& call, const std::string& state) {
    if (state.size() < kLongEnough) {
      changed_refused_.inapplicable = "the state is too short to hold anything";
      return;
    }
    for (const auto& [part, where] : kStateParts)
      Try(changed_refused_, owner_.persona, call, call, std::string("changed ") + where, part);
  }

  void TryOtherArguments(const Call& call) {
    other_call_refused_.inapplicable = "what is asked back for takes no text that could be another";
    const Json usual = call.params.at("arguments");
    for (const auto& [argument, value] : usual.items()) {
      // A text of several words is free, as far as can be known; the schema may want it as it is all the same.
      if (!value.is_string() || value.get_ref<const std::string&>().find(' ') == std::string::npos) continue;
      Call other = call;
      other.params["arguments"][argument] = value.get<std::string>() + ", and something else";
      if (!AsksBack(Ask(owner_.persona, other))) continue;
      other_call_refused_.inapplicable.clear();
      Try(other_call_refused_, owner_.persona, call, other, "with another " + argument);
      return;
    }
  }

  // As its owner, to the end: without that, that it was refused to others proves nothing.
  void UseOne(const Call& call) {
    SendOutcome question = Ask(owner_.persona, call);
    SendOutcome own = question;
    std::string used;
    constexpr int kRounds = 5;
    for (int round = 0; round < kRounds && AsksBack(question); ++round) {
      used = StateIn(question);
      own = GoOn(owner_.persona, call, question, used, owner_.persona + " answers");
      if (!AsksBack(own)) break;
      question = own;
    }
    if (!Taken(own)) {
      for (Finding* finding : OfStates()) {
        if (finding->met && finding->inapplicable.empty())
          finding->could_not = "the answer of " + owner_.persona + " herself is not taken: " + Became(own);
      }
      return;
    }
    if (!call.once) {
      twice_refused_.inapplicable = "the system file does not say that it is good once (once: true)";
      return;
    }
    const SendOutcome again = GoOn(owner_.persona, call, question, used, "the same state again");
    if (Taken(again)) Note(twice_refused_, "the same state again: " + Became(again), again);
  }

  Sandbox& sandbox_;
  const Belongings belongings_;
  const Scanner scanner_;
  const Principal owner_;
  const Principal another_;
  bool elicits_ = false;
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
