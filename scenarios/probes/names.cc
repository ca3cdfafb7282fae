// Names that whoever registers at an issuer may choose, and that mean something in a path, to a file system or to a
// directory.
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// `{of}` is the name, `{OF}` the name in capitals.
std::string With(std::string text, const std::string& name) {
  for (const auto& [word, value] : {std::pair<std::string, std::string>{"{of}", name}, {"{OF}", Upper(name)}}) {
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size())) {
      text.replace(at, word.size(), value);
    }
  }
  return text;
}

// `arguments`: `with` a credential, `of` whose name is bent, and `names`.
Result<ProbeOutcome> BentNames(Sandbox& sandbox, const Json& arguments) {
  const Credential* valid = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/with", ""));
  const Principal* victim = sandbox.principals().Find(AtOr<std::string>(arguments, "/of", ""));
  const Json* names = Find(arguments, "/names");
  if (valid == nullptr || victim == nullptr || names == nullptr || names->empty()) {
    return Error(ErrorKind::kInvalidInput, "bent_names: want 'with' a credential, 'of' a persona, and 'names'");
  }
  if (sandbox.target().TakesKeys()) {
    ProbeOutcome none;
    for (const char* finding : {"gives-her-own", "gives-nothing-of-others", "uses-nobody-elses-credential"}) {
      none.findings[finding].inapplicable = sandbox.target().name + " takes keys, in which no name stands";
    }
    return none;
  }
  const std::string caller = valid->principal;
  const Forge forge = TRY(sandbox.principals().MakeForge());
  Finding own = {.met = true, .expected = "what is " + caller + "'s own, whatever the name", .observed = ""};
  Finding others = {.met = true, .expected = "nothing of " + victim->persona, .observed = ""};
  Finding asked = {.met = true, .expected = "nobody is asked as " + victim->persona, .observed = ""};
  const Json params = TRY(sandbox.client().CallParams({.operation = "read_own"}, caller));
  size_t number = 0;
  for (const Json& each : *names) {
    const std::string name = With(each.get<std::string>(), victim->name);
    const std::string credential = "bent-" + std::to_string(++number);
    Credential bent;
    bent.value = TRY(forge.Reissue(valid->value, Json{{"preferred_username", name}, {"name", name}, {"email", name}}));
    sandbox.principals().Keep(credential, caller, std::move(bent));
    const Cursors marks = sandbox.observer().Mark();
    const SendOutcome sent =
        sandbox.client().Send({.with = credential}, "tools/call", params, "read_own as " + Dump(name));
    if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
    Observation seen;
    sandbox.observer().Observe(marks, caller, sent, seen);
    if (!GotOwn(sandbox, "read_own", sent, seen.seen_of.contains(caller)))
      Note(own, Dump(name) + ": " + StatusOf(sent), sent);
    if (seen.seen_of.contains(victim->persona)) Note(others, Dump(name), sent);
    for (const DownstreamEvent& event : seen.downstream.events) {
      const auto persona = seen.persona_of.find(event.account);
      if (persona != seen.persona_of.end() && persona->second == victim->persona)
        Note(asked, event.act.source.component + " at " + Dump(name), sent);
    }
  }
  ProbeOutcome outcome;
  outcome.findings = {
      {"gives-her-own", own}, {"gives-nothing-of-others", others}, {"uses-nobody-elses-credential", asked}};
  return outcome;
}

}  // namespace

void AddNameProbes(ProbeSet& probes) {
  probes["bent_names"] = {BentNames, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
}

}  // namespace iff
