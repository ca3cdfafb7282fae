// Hidden is not denied: tools that are listed to some, called by name by those to whom they are not.
#include <algorithm>
#include <map>
#include <set>

#include "harness/jose/token.h"
#include "harness/run/look.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// By which servers know those who may more, where no system file says how theirs are called.
const std::vector<std::string>& Raised() {
  static const std::vector<std::string> words = {"admin",   "administrator", "auditor",  "editor",
                                                 "manager", "moderator",     "operator", "owner",
                                                 "root",    "staff",         "support",  "superuser"};
  return words;
}

using Tools = std::map<std::string, Json>;  // as listed, by name

class HiddenTools {
 public:
  explicit HiddenTools(Sandbox& sandbox) : sandbox_(sandbox), scanner_(sandbox.context().redactor) {}

  Result<ProbeOutcome> Play() {
    std::map<std::string, Tools> listed;
    Tools all;
    for (const Principal& principal : sandbox_.principals().all()) {
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
      listed[principal.persona] = TRY(List(principal.persona));
      all.insert(listed[principal.persona].begin(), listed[principal.persona].end());
    }
    TRY(LetAllReadTheirOwn());
    const bool raised = TRY(Raise());
    if (raised) {
      // A server may refuse such a token as a whole: then nothing is learned by it.
      const Result<Tools> more = List("raised");
      if (more.ok()) all.insert(more->begin(), more->end());
    }
    for (const Principal& principal : sandbox_.principals().all()) {
      for (const auto& [name, tool] : all) {
        if (!listed[principal.persona].contains(name) && MayBeTried(name, tool)) TRY(Try(principal, name, tool));
      }
    }
    Finding nothing{.met = true, .expected = "nothing of others from a tool that is not listed to the caller"};
    Finding refused{.met = true, .expected = "a tool that is not listed to the caller is refused"};
    for (const std::string& what : disclosed_) Note(nothing, what);
    for (const std::string& what : served_) Note(refused, what);
    for (Finding* finding : {&nothing, &refused}) {
      if (finding->met) finding->observed = "so it is, in " + std::to_string(calls_) + " calls";
      if (calls_ == 0) {
        finding->inapplicable = "whatever " + sandbox_.target().name + " lists, it lists to everybody" +
                                (raised ? "; to whoever has the role of an admin or the like, no more" : "");
      }
    }
    ProbeOutcome outcome;
    outcome.findings = {{"hidden-gives-nothing-of-others", nothing}, {"hidden-is-refused", refused}};
    return outcome;
  }

 private:
  // So that there is something to get, also from what a server keeps.
  Result<void> LetAllReadTheirOwn() {
    if (!sandbox_.target().operations.contains("read_own")) return {};
    for (const Principal& principal : sandbox_.principals().all()) {
      const Json params = TRY(sandbox_.client().CallParams({.operation = "read_own"}, principal.persona));
      (void)sandbox_.client().Send({.with = principal.persona}, "tools/call", params,
                                   principal.persona + " reads their own");
    }
    return {};
  }

  // What destroys things is not called to see whether it does; the file may keep others from being asked, or say that
  // all may.
  bool MayBeTried(const std::string& name, const Json& tool) const {
    const TargetSpec& target = sandbox_.target();
    if (AtOr<bool>(tool, "/annotations/destructiveHint", false) || target.not_asked.contains(name)) return false;
    return std::none_of(target.operations.begin(), target.operations.end(), [&](const auto& one) {
      const std::vector<std::string>& allowed = one.second.allowed;
      return one.second.tool == name && std::find(allowed.begin(), allowed.end(), "everybody") != allowed.end();
    });
  }

  // Somebody who has every role that may mean something, as far as the issuer's keys are ours.
  Result<bool> Raise() {
    const TargetSpec& target = sandbox_.target();
    if (target.TakesKeys() || target.transport == Transport::kStdio || sandbox_.principals().all().empty())
      return false;
    if (!sandbox_.principals().WhyNoKeys().empty()) return false;
    const std::string& first = sandbox_.principals().all().front().persona;
    const Secret& token = sandbox_.principals().FindCredential(first)->value;
    const Result<UnverifiedToken> decoded = DecodeUnverified(token.Reveal());
    if (!decoded.ok()) return false;
    Json roles = AtOr<Json>(decoded->payload, "/realm_access/roles", Json::array());
    std::string scope = AtOr<std::string>(decoded->payload, "/scope", "");
    for (const std::string& word : Raised()) {
      roles.push_back(word);
      scope += " " + word;
    }
    const Forge forge = TRY(sandbox_.principals().MakeForge());
    Credential raised;
    raised.value = TRY(forge.Reissue(
        token, Json{{"realm_access", {{"roles", roles}}}, {"roles", roles}, {"groups", roles}, {"scope", scope}}));
    sandbox_.principals().Keep("raised", first, std::move(raised));
    return true;
  }

  Result<Tools> List(const std::string& credential) {
    const SendOutcome sent =
        sandbox_.client().Send({.with = credential}, "tools/list", Json::object(), "tools/list as " + credential);
    if (!sent.answer) return Error(ErrorKind::kUnavailable, "tools/list: " + sent.silence);
    Tools tools;
    for (const Json& tool : AtOr<Json>(sent.answer->message, "/result/tools", Json::array())) {
      const std::string name = AtOr<std::string>(tool, "/name", "");
      if (!name.empty()) tools[name] = tool;
    }
    return tools;
  }

  // What its schema asks for, with `text` for every text.
  static Json ArgumentsFor(const Json& tool, const std::string& text) {
    Json arguments = Json::object();
    for (const Json& required : AtOr<Json>(tool, "/inputSchema/required", Json::array())) {
      const std::string name = AtOr<std::string>(required, "", "");
      const Json schema = AtOr<Json>(tool, "/inputSchema/properties", Json::object()).value(name, Json::object());
      const std::string type = AtOr<std::string>(schema, "/type", "string");
      const Json* const first = Find(schema, "/enum/0");
      arguments[name] = first != nullptr                        ? *first
                        : type == "integer" || type == "number" ? AtOr<Json>(schema, "/minimum", Json(1))
                        : type == "boolean"                     ? Json(false)
                        : type == "array"                       ? Json::array()
                        : type == "object"                      ? Json::object()
                                                                : Json(text);
    }
    return arguments;
  }

  Result<void> Try(const Principal& caller, const std::string& name, const Json& tool) {
    std::set<std::string> texts = {""};
    for (const Principal& other : sandbox_.principals().all()) {
      if (other.persona == caller.persona) continue;
      for (const auto& [what, value] : other.items) texts.insert(Unquoted(value));
    }
    std::set<std::string> asked;
    for (const std::string& text : texts) {
      const Json arguments = ArgumentsFor(tool, text);
      if (!asked.insert(Dump(arguments)).second) continue;
      const SendOutcome sent =
          sandbox_.client().Send({.with = caller.persona}, "tools/call", Json{{"name", name}, {"arguments", arguments}},
                                 caller.persona + " calls " + name + ", which is not listed to them");
      if (!sent.answer) return Error(ErrorKind::kUnavailable, name + ": " + sent.silence);
      ++calls_;
      if (Succeeded(sent)) served_.push_back(caller.persona + " was answered by " + name);
      for (const Sighting& one : LookInto(scanner_, *sent.answer).found) {
        const std::string& whose = one.belonging.owner;
        if (!whose.empty() && whose != caller.persona)
          disclosed_.push_back(caller.persona + " got what is " + whose + "'s from " + name);
      }
    }
    return {};
  }

  Sandbox& sandbox_;
  Scanner scanner_;
  std::vector<std::string> disclosed_ = {};
  std::vector<std::string> served_ = {};
  int64_t calls_ = 0;
};

}  // namespace

void AddHiddenToolProbes(ProbeSet& probes) {
  probes["hidden_tools"] = {[](Sandbox& sandbox, const Json&) { return HiddenTools(sandbox).Play(); },
                            Aftermath::kAsTheyWere};
}

}  // namespace iff
