// Everything a server declares is asked by everybody, in every revision it speaks: what it lists, what can be read of
// that and of what others are listed, prompts, completions, levels of its log. Nothing of anybody else is in any
// answer.
#include <algorithm>
#include <set>

#include "harness/core/plain.h"
#include "harness/core/utf8.h"
#include "harness/run/fill.h"
#include "scenarios/probes/belongings.h"
#include "scenarios/probes/matrix.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr size_t kMostRead = 40;  // of one list, by one person, in one revision

// What was looked into for one finding.
struct LookedInto {
  std::string nothing = {};  // why it does not apply where nothing could be asked
  std::string expected = {};
  size_t answers = 0;
  std::vector<std::string> wrong = {};
  std::string silence = {};
  int64_t exchange = 0;    // the first that was wrong
  std::string right = {};  // what is said where nothing was; "": none

  void Wrong(const std::string& what, int64_t shown_in = 0) {
    if (exchange == 0) exchange = shown_in;
    if (std::find(wrong.begin(), wrong.end(), what) == wrong.end()) wrong.push_back(what);
  }
  Finding Told() const {
    Finding finding{.met = wrong.empty(),
                    .expected = expected,
                    .observed = (right.empty() ? "none" : right) + " in " + std::to_string(answers)};
    constexpr size_t kTold = 6;
    if (!finding.met) finding.observed = Some(wrong, kTold);
    if (!finding.met) finding.exchange = exchange;
    if (finding.met && !silence.empty()) finding.could_not = silence;
    if (finding.met && silence.empty() && !nothing.empty()) finding.inapplicable = nothing;
    return finding;
  }
};

std::string Printed(const std::string& foreign) { return Plain(WholeLetters(foreign, 80)); }

// What one person was listed, and what came of reading it.
struct OfferedTo {
  std::set<std::string> uris = {};
  std::set<std::string> templates = {};
  std::vector<Json> prompts = {};
};

class DeclaredRules {
 public:
  explicit DeclaredRules(Sandbox& sandbox) : sandbox_(sandbox), belongings_(sandbox) {
    const std::string& name = sandbox.target().name;
    answers_.expected = lists_.expected = own_.expected = prompts_.expected = completions_.expected =
        "nothing of anybody else's, in any form";
    others_.expected = "what others are listed shows nothing of theirs";
    served_.expected = "an answer to everything that is declared";
    answers_.nothing = name + " declares nothing in any revision it speaks";
    lists_.nothing = own_.nothing = others_.nothing = name + " declares no resources";
    prompts_.nothing = name + " declares no prompts";
    completions_.nothing = name + " declares no completions";
    public_.expected = "nothing personal is called public";
    hints_.right = "so it is";
    hints_.expected = "a ttlMs of 0 or more and a cacheScope with each list and reading, one scope for all pages";
    public_.nothing = hints_.nothing = name + " speaks no revision in which answers say who may keep them";
  }

  Result<ProbeOutcome> Perform() {
    for (const Principal& principal : sandbox_.principals().all()) {
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
    }
    for (const std::string& revision : sandbox_.target().revisions) {
      revision_ = revision;
      stateless_ = Stateless(TRY(ParseRevision(revision)));
      offered_.clear();
      for (const Principal& principal : sandbox_.principals().all()) TRY(AskOf(principal));
      if (!offered_.empty()) ReadAll();
    }
    if (shown_.empty() && own_.answers > 0) {
      others_.nothing = "nothing that " + sandbox_.target().name + " lists as a resource shows anything of its owner";
    }
    ProbeOutcome outcome;
    outcome.findings["declared-is-served"] = served_.Told();
    if (!not_looked_at_.empty() && served_.wrong.empty()) {
      std::string names;
      for (const std::string& one : not_looked_at_) names += (names.empty() ? "" : ", ") + one;
      outcome.findings["declared-is-served"].inapplicable = "declared and not looked at: " + names;
    }
    outcome.findings["answers-hold-nobody-elses"] = answers_.Told();
    outcome.findings["resource-lists-hold-nobody-elses"] = lists_.Told();
    outcome.findings["resources-hold-nobody-elses"] = own_.Told();
    outcome.findings["resources-of-others-are-withheld"] = others_.Told();
    outcome.findings["prompts-hold-nobody-elses"] = prompts_.Told();
    outcome.findings["completions-hold-nobody-elses"] = completions_.Told();
    outcome.findings["personal-is-not-public"] = public_.Told();
    outcome.findings["caching-hints-are-complete"] = hints_.Told();
    outcome.not_looked_at = {not_looked_at_.begin(), not_looked_at_.end()};
    outcome.not_looked_at.insert(outcome.not_looked_at.end(), beyond_.begin(), beyond_.end());
    return outcome;
  }

 private:
  // Everything that needs nobody else.
  Result<void> AskOf(const Principal& principal) {
    const std::string& persona = principal.persona;
    const Json declared = sandbox_.client().Capabilities(persona, revision_);
    if (!declared.is_object() || declared.empty()) return {};
    answers_.nothing.clear();
    Note(declared);
    Look(persona, AsAnswer(Dump(declared)), "", "what it declares", answers_);
    OfferedTo& offered = offered_[persona];
    const auto listed = [&](const std::string& method, const char* member, LookedInto& looked) {
      return List(persona, method, member, looked);
    };
    if (stateless_) (void)Ask(persona, "server/discover", Json::object(), "", answers_);
    if (declared.contains("tools")) listed("tools/list", "tools", answers_);
    if (declared.contains("logging") && !stateless_) {
      (void)Ask(persona, "logging/setLevel", {{"level", "debug"}}, "", answers_);
    }
    if (AtOr<Json>(declared, "/tasks", Json()).contains("list")) listed("tasks/list", "tasks", answers_);
    if (declared.contains("resources")) {
      lists_.nothing.clear();
      if (own_.answers == 0) own_.nothing = others_.nothing = sandbox_.target().name + " lists no resource to be read";
      for (const Json& one : listed("resources/list", "resources", lists_))
        offered.uris.insert(AtOr<std::string>(one, "/uri", ""));
      for (const Json& one : listed("resources/templates/list", "resourceTemplates", lists_))
        offered.templates.insert(AtOr<std::string>(one, "/uriTemplate", ""));
    }
    if (declared.contains("prompts")) {
      prompts_.nothing.clear();
      offered.prompts = listed("prompts/list", "prompts", prompts_);
      for (const Json& prompt : offered.prompts) Prompt(principal, prompt);
    }
    if (declared.contains("completions")) Complete(principal, offered);
    return {};
  }

  void Note(const Json& declared) {
    static const std::set<std::string> kAsked = {"tools", "resources", "prompts", "completions", "logging"};
    for (const auto& [name, value] : declared.items()) {
      if (kAsked.contains(name)) continue;
      // What is not of the protocol itself; an empty list of it declares nothing.
      const bool beyond = name == "experimental" || name == "extensions";
      if (!beyond) not_looked_at_.insert(Printed(name));
      if (!beyond || !value.is_object()) continue;
      for (const auto& [extension, settings] : value.items()) beyond_.insert(name + " " + Printed(extension));
    }
  }

  // Nothing of anybody but `persona` may be in it.
  void Look(const std::string& persona, const McpAnswer& answer, const std::string& asked, const std::string& what,
            LookedInto& looked, int64_t exchange = 0) {
    ++looked.answers;
    for (const std::string& one : belongings_.ForeignIn(answer, persona, asked))
      looked.Wrong(persona + " is told " + one + " for " + what, exchange);
  }

  SendOutcome Ask(const std::string& persona, const std::string& method, const Json& params, const std::string& about,
                  LookedInto& looked) {
    const std::string what = method + (about.empty() ? "" : " of " + Printed(about)) + " (" + revision_ + ")";
    SendOutcome sent = sandbox_.client().Send({.with = persona, .revision = revision_}, method, params, what);
    if (!sent.answer) {
      looked.silence = what + ": " + sent.silence;
      return sent;
    }
    Look(persona, *sent.answer, Dump(params), what, looked, sent.exchange);
    LookAtHints(persona, method, params, what, sent);
    constexpr int64_t kNoSuchMethod = -32601;
    const bool optional = method == "resources/templates/list" || method == "server/discover";
    ++served_.answers;
    if (sent.answer->RpcErrorCode() == kNoSuchMethod && !optional)
      served_.Wrong(method + " is declared, and no such method (" + revision_ + ")", sent.exchange);
    return sent;
  }

  // Who keeps an answer that calls itself public gives it to anybody (MCP 2026-07-28, caching): it holds nothing of the
  // caller's, and is the same for whoever asks the same.
  void LookAtHints(const std::string& persona, const std::string& method, const Json& params, const std::string& what,
                   const SendOutcome& sent) {
    static const std::set<std::string> kHinted = {"tools/list",     "prompts/list",
                                                  "resources/list", "resources/templates/list",
                                                  "resources/read", "server/discover"};
    if (!stateless_ || !kHinted.contains(method) || !sent.answer->HasResult()) return;
    const Json result = AtOr<Json>(sent.answer->message, "/result", Json::object());
    if (AtOr<std::string>(result, "/resultType", "complete") != "complete") return;  // a question is kept by nobody
    const std::string scope = AtOr<std::string>(result, "/cacheScope", "");
    public_.nothing.clear();
    hints_.nothing.clear();
    ++public_.answers;
    ++hints_.answers;
    const Json* const lasts = Find(result, "/ttlMs");
    const bool lasts_said = lasts != nullptr && lasts->is_number_integer() && lasts->get<int64_t>() >= 0;
    const bool scope_said = scope == "public" || scope == "private";
    std::string missing = lasts_said ? "" : "no ttlMs of 0 or more";
    if (!scope_said) missing += std::string(missing.empty() ? "" : " and ") + "no cacheScope";
    if (!missing.empty()) hints_.Wrong(what + " says " + missing, sent.exchange);
    if (method.ends_with("/list")) {
      const std::string pages = persona + " " + method + " " + revision_;
      if (const auto [first, is_new] = scope_of_.try_emplace(pages, scope); !is_new && first->second != scope)
        hints_.Wrong("one page of " + what + " is " + Printed(first->second) + ", another " + Printed(scope),
                     sent.exchange);
    }
    if (scope != "public") return;
    if (belongings_.Shows(*sent.answer, persona))
      public_.Wrong(what + " calls public what shows what is private to " + persona, sent.exchange);
    if (params.contains("cursor")) return;  // which may be one for each
    const std::string kept = Kept(result);
    const auto [first, is_new] =
        public_answers_.try_emplace(method + Dump(params) + revision_, PublicAnswer{persona, kept});
    if (is_new || first->second.persona == persona || first->second.result == kept) return;
    // It may change by itself: it depends on the person if whoever was answered first is answered that again.
    const SendOutcome again = sandbox_.client().Send({.with = first->second.persona, .revision = revision_}, method,
                                                     params, what + ", again");
    if (again.answer && Kept(AtOr<Json>(again.answer->message, "/result", Json::object())) == first->second.result)
      public_.Wrong(what + " calls public what is another answer for " + persona + " than for " + first->second.persona,
                    sent.exchange);
  }

  // What a cache keeps of an answer: without what belongs to this one, lists in one order.
  static std::string Kept(Json result) {
    if (!result.is_object()) return Dump(result);
    for (const char* const of_this_answer : {"ttlMs", "nextCursor", "_meta"}) result.erase(of_this_answer);
    for (Json& value : result) {
      if (value.is_array()) std::sort(value.begin(), value.end());
    }
    return Dump(result);
  }

  // Page by page.
  std::vector<Json> List(const std::string& persona, const std::string& method, const char* member,
                         LookedInto& looked) {
    std::vector<Json> all;
    constexpr int kMostPages = 20;  // a server may go round in circles
    std::string cursor;
    for (int page = 0; page < kMostPages; ++page) {
      const Json params = cursor.empty() ? Json::object() : Json{{"cursor", cursor}};
      const SendOutcome sent = Ask(persona, method, params, "", looked);
      if (!sent.answer) return all;
      for (const Json& one : AtOr<Json>(sent.answer->message, std::string("/result/") + member, Json::array()))
        all.push_back(one);
      cursor = AtOr<std::string>(sent.answer->message, "/result/nextCursor", "");
      if (cursor.empty()) break;
    }
    return all;
  }

  // With one's own ids, and with everybody else's.
  void Prompt(const Principal& caller, const Json& prompt) {
    const std::string name = AtOr<std::string>(prompt, "/name", "");
    for (const Principal& owner : sandbox_.principals().all()) {
      std::vector<std::string> values = Belongings::IdsOf(sandbox_, owner);
      if (values.empty()) values.push_back(owner.name);
      for (const std::string& value : values) {
        Json arguments = Json::object();
        for (const Json& one : AtOr<Json>(prompt, "/arguments", Json::array()))
          arguments[AtOr<std::string>(one, "/name", "")] = value;
        (void)Ask(caller.persona, "prompts/get", {{"name", name}, {"arguments", arguments}}, name, prompts_);
        if (arguments.empty()) return;
      }
    }
  }

  // What somebody would begin to type: nothing, and the first half of what is others'. All of it would be told by us.
  std::set<std::string> Beginnings(const Principal& caller) const {
    std::set<std::string> beginnings{""};
    for (const Principal& other : sandbox_.principals().all()) {
      if (other.persona == caller.persona) continue;
      std::vector<std::string> whole = Belongings::IdsOf(sandbox_, other);
      const auto account = other.accounts.find(sandbox_.target().upstream);
      if (account != other.accounts.end()) whole.push_back(account->second.canary);
      for (const std::string& text : whole) {
        if (text.empty()) continue;
        beginnings.insert(text.substr(0, 1));
        beginnings.insert(text.substr(0, text.size() / 2));
      }
    }
    return beginnings;
  }

  void Complete(const Principal& caller, const OfferedTo& offered) {
    std::vector<std::pair<Json, std::string>> arguments;
    for (const Json& prompt : offered.prompts) {
      const std::string name = AtOr<std::string>(prompt, "/name", "");
      for (const Json& one : AtOr<Json>(prompt, "/arguments", Json::array()))
        arguments.emplace_back(Json{{"type", "ref/prompt"}, {"name", name}}, AtOr<std::string>(one, "/name", ""));
    }
    for (const std::string& uri : offered.templates) {
      for (const std::string& one : VariablesOf(uri))
        arguments.emplace_back(Json{{"type", "ref/resource"}, {"uri", uri}}, one);
    }
    if (!completed_) completions_.nothing = sandbox_.target().name + " completes nothing for anybody";
    for (const auto& [ref, argument] : arguments) {
      for (const std::string& beginning : Beginnings(caller)) {
        const Json params = {{"ref", ref}, {"argument", {{"name", argument}, {"value", beginning}}}};
        const SendOutcome sent = Ask(caller.persona, "completion/complete", params, argument, completions_);
        if (sent.answer && !AtOr<Json>(sent.answer->message, "/result/completion/values", Json::array()).empty()) {
          completed_ = true;
          completions_.nothing.clear();
        }
      }
    }
  }

  // What each is listed and could be, read by everybody.
  void ReadAll() {
    std::map<std::string, std::set<std::string>> of;  // persona -> URIs that are meant for that person
    for (const auto& [persona, offered] : offered_) {
      of[persona] = offered.uris;
      const Principal* principal = sandbox_.principals().Find(persona);
      for (const std::string& uri_template : offered.templates) {
        for (const std::string& id : Belongings::IdsOf(sandbox_, *principal))
          of[persona].insert(Expanded(uri_template, [&](size_t) { return PercentEncode(id); }));
      }
      for (const auto& [name, resource] : sandbox_.target().resources) {
        const Json uri = FillAll(Json(resource.tool), principal, principal, sandbox_.target().upstream, "");
        of[persona].insert(uri.get<std::string>());
      }
    }
    for (const auto& [owner, uris] : of) {
      size_t read = 0;
      for (const std::string& uri : uris) {
        if (uri.empty() || ++read > kMostRead) continue;
        own_.nothing.clear();
        const SendOutcome sent = Ask(owner, "resources/read", {{"uri", uri}}, uri, own_);
        if (sent.answer && sent.answer->HasResult() && belongings_.Shows(*sent.answer, owner)) {
          others_.nothing.clear();
          shown_.insert(uri);
          ReadByOthers(owner, uri);
        }
      }
    }
  }

  // `uri` shows what is private to `owner`.
  void ReadByOthers(const std::string& owner, const std::string& uri) {
    for (const auto& [persona, offered] : offered_) {
      if (persona == owner) continue;
      const SendOutcome sent = Ask(persona, "resources/read", {{"uri", uri}}, owner + "'s " + uri, others_);
      // Who is listed what they cannot read is told of it all the same.
      if (sent.answer && !sent.answer->HasResult() && offered.uris.contains(uri))
        lists_.Wrong(persona + " is listed " + Printed(uri) + ", which is " + owner + "'s (" + revision_ + ")");
    }
  }

  Sandbox& sandbox_;
  const Belongings belongings_;
  std::string revision_ = {};
  bool stateless_ = false;                         // that revision
  std::map<std::string, OfferedTo> offered_ = {};  // by persona, in this revision
  std::set<std::string> shown_ = {};               // URIs that showed something of whom they are meant for
  std::set<std::string> not_looked_at_ = {};
  std::set<std::string> beyond_ = {};  // the same, where it is not of the protocol
  bool completed_ = false;
  struct PublicAnswer {
    std::string persona = {};  // who was answered first
    std::string result = {};
  };
  std::map<std::string, PublicAnswer> public_answers_ = {};  // by what was asked
  std::map<std::string, std::string> scope_of_ = {};         // by who asked for which list
  LookedInto served_ = {};
  LookedInto answers_ = {};
  LookedInto lists_ = {};
  LookedInto own_ = {};
  LookedInto others_ = {};
  LookedInto prompts_ = {};
  LookedInto completions_ = {};
  LookedInto public_ = {};
  LookedInto hints_ = {};
};

Result<ProbeOutcome> AskDeclared(Sandbox& sandbox, const Json&) { return DeclaredRules(sandbox).Perform(); }

}  // namespace

void AddDeclaredProbes(ProbeSet& probes) {
  probes["declared"] = {AskDeclared, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
}

}  // namespace iff
