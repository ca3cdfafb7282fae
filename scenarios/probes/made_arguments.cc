// Arguments that a caller makes up for each operation, and URIs for each template: paths, wildcards, beginnings of
// names, names of others. No answer may hold anything of another, whatever it looks like.
#include <algorithm>
#include <set>

#include "harness/run/fill.h"
#include "harness/run/look.h"
#include "scenarios/probes/matrix.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// What the server calls the things of a person: what it told, and what the file asks for by what is theirs.
std::vector<std::string> ThingsOf(const TargetSpec& target, const Principal& person, const Principal& another) {
  std::vector<std::string> things;
  for (const auto& [what, value] : person.items) things.push_back(Unquoted(value));
  const auto read_of = target.operations.find("read_of");
  if (things.empty() && read_of != target.operations.end()) {
    const Json theirs = FillAll(read_of->second.arguments, &another, &person, target.upstream, "");
    const Json others = FillAll(read_of->second.arguments, &another, &another, target.upstream, "");
    for (const auto& [name, value] : theirs.items()) {
      if (value.is_string() && value != others.at(name)) things.push_back(value.get<std::string>());
    }
  }
  return things;
}

// In the order in which they are tried, each once.
std::vector<std::string> MadeUp(const std::vector<std::string>& things, const Principal& owner,
                                const std::string& upstream) {
  std::vector<std::string> made;
  const auto add = [&](const std::string& text) {
    if (std::find(made.begin(), made.end(), text) == made.end()) made.push_back(text);
  };
  for (const std::string& thing : things) {
    for (const std::string& folder : {owner.id, owner.name, owner.tag}) {
      add("../" + folder + "/" + thing);
      add("..%2F" + folder + "%2F" + thing);
      add("%2e%2e%2f" + folder + "%2f" + thing);
      add("..%252F" + folder + "%252F" + thing);
      add("..\\" + folder + "\\" + thing);
      add(folder + "/" + thing);
      add(folder + ":" + thing);
    }
    for (const std::string& text : {thing, Upper(thing), " " + thing, thing + " ", thing + "/", "./" + thing,
                                    "../" + thing, "../*/" + thing, "..%2F*%2F" + thing, "*/" + thing})
      add(text);
    const std::string begin = thing.substr(0, (thing.size() + 1) / 2);
    for (const std::string& text : {begin, begin + "*", begin + "%"}) add(text);
  }
  for (const char* const text : {"", "*", "%", "_%", ".", "..", "../*", ".*", "' OR ''='", "all"}) add(text);
  for (const std::string& text : {owner.id, owner.name, owner.tag, Upper(owner.name)}) add(text);
  // As much of what is private as finds it, and does not count as it where it is said back.
  if (const auto account = owner.accounts.find(upstream); account != owner.accounts.end()) {
    const std::string& canary = account->second.canary;
    constexpr size_t kLeftOut = 4;
    if (canary.size() > 2 * kLeftOut) add(canary.substr(0, canary.size() - kLeftOut));
  }
  return made;
}

class MadeArguments {
 public:
  MadeArguments(Sandbox& sandbox, std::string with, const Principal& caller, const Principal& owner)
      : sandbox_(sandbox),
        scanner_(sandbox.context().redactor),
        with_(std::move(with)),
        caller_(caller),
        owner_(owner),
        upstream_(sandbox.target().upstream),
        things_(ThingsOf(sandbox.target(), owner, caller)),
        made_(MadeUp(things_, owner, upstream_)) {}

  Finding Played() {
    if (std::string why = WhyNotThere(); !why.empty()) return {.could_not = std::move(why)};
    for (const auto& [name, operation] : sandbox_.target().operations) TryTool(name, operation);
    for (const auto& [name, prompt] : sandbox_.target().prompts) TryTool(name, prompt);
    for (const auto& [name, resource] : sandbox_.target().resources) TryUri(resource.tool);
    TryListed();
    TryTemplates();
    Finding finding{.met = found_.empty(), .expected = "nothing of " + owner_.persona + " in any answer"};
    if (found_.empty()) {
      finding.observed = "so it is, in " + std::to_string(answered_) + " answers to made up arguments and URIs";
      if (asked_.empty())
        finding.inapplicable =
            "no operation of " + sandbox_.target().name + " takes text, and it lists no template of URIs";
      if (answered_ < asked_.size())
        finding.could_not = std::to_string(asked_.size() - answered_) + " of " + std::to_string(asked_.size()) +
                            " were not answered: " + silence_;
      return finding;
    }
    // Asked once more, for the report: hundreds of exchanges tell no more than a few.
    (void)sandbox_.trace().Take();
    constexpr size_t kTold = 5;
    std::vector<std::string> said;
    for (const Found& one : found_) {
      if (said.size() < kTold) (void)sandbox_.client().Send({.with = with_}, one.method, one.params, one.said);
      said.push_back(one.said);
    }
    finding.observed = Some(said, kTold);
    finding.exchange = 1;
    return finding;
  }

 private:
  // Of what its owner does not get either, that nobody else gets it says nothing. It is also what a server then keeps.
  std::string WhyNotThere() {
    const auto read = sandbox_.target().operations.find("read_own");
    if (read == sandbox_.target().operations.end()) return "";
    const Json arguments = FillAll(read->second.arguments, &owner_, &owner_, upstream_, "");
    const SendOutcome sent = sandbox_.client().Send({.with = owner_.persona}, "tools/call",
                                                    Json{{"name", read->second.tool}, {"arguments", arguments}},
                                                    owner_.persona + " reads what is theirs");
    if (!sent.answer) return sent.silence;
    return GotOwn(sandbox_, "read_own", sent, HoldsTheirs(*sent.answer))
               ? ""
               : owner_.persona + " does not get what is theirs";
  }

  bool HoldsTheirs(const McpAnswer& answer) const {
    const Sightings seen = LookInto(scanner_, answer);
    return std::any_of(seen.found.begin(), seen.found.end(),
                       [&](const Sighting& one) { return one.belonging.owner == owner_.persona; });
  }

  // One argument after the other; what else it takes is as the caller would have it.
  void TryTool(const std::string& name, const Operation& operation) {
    // What makes or changes things would leave them behind.
    if (operation.changes || !operation.captures.empty() || name == "create" || name == "whoami") return;
    const Json usual = FillAll(operation.arguments, &caller_, &caller_, upstream_, "");
    for (const auto& [argument, value] : usual.items()) {
      if (!value.is_string()) continue;
      Json arguments = usual;
      for (const std::string& text : made_) {
        arguments[argument] = text;
        Ask(operation.method, Json{{"name", operation.tool}, {"arguments", arguments}},
            operation.tool + " with " + argument + " ", text);
      }
    }
  }

  // Tools that nobody has put into the file, as far as they say that they only read.
  void TryListed() {
    const SendOutcome listed = sandbox_.client().Send({.with = with_}, "tools/list", Json::object(), "tools/list");
    if (!listed.answer) return;
    const TargetSpec& target = sandbox_.target();
    for (const Json& tool : AtOr<Json>(listed.answer->message, "/result/tools", Json::array())) {
      const std::string name = AtOr<std::string>(tool, "/name", "");
      const bool named = std::any_of(target.operations.begin(), target.operations.end(),
                                     [&](const auto& one) { return one.second.tool == name; });
      if (named || target.not_asked.contains(name) || !AtOr<bool>(tool, "/annotations/readOnlyHint", false)) continue;
      Operation operation{.tool = name};
      const Json properties = AtOr<Json>(tool, "/inputSchema/properties", Json::object());
      for (const auto& [argument, schema] : properties.items()) {
        if (AtOr<std::string>(schema, "/type", "string") == "string") operation.arguments[argument] = "";
      }
      TryTool(name, operation);
    }
  }

  void TryTemplates() {
    const SendOutcome listed =
        sandbox_.client().Send({.with = with_}, "resources/templates/list", Json::object(), "resources/templates/list");
    if (!listed.answer) return;
    for (const Json& one : AtOr<Json>(listed.answer->message, "/result/resourceTemplates", Json::array()))
      TryUri(AtOr<std::string>(one, "/uriTemplate", ""));
  }

  // One variable after the other; the others are what is the caller's.
  void TryUri(const std::string& pattern) {
    const std::string own = caller_.items.empty() ? caller_.tag : Unquoted(caller_.items.begin()->second);
    const size_t variables = VariablesOf(pattern).size();
    for (size_t which = 0; which < variables; ++which) {
      for (const std::string& text : made_) {
        const std::string uri = Expanded(pattern, [&](size_t number) { return number == which ? text : own; });
        Ask("resources/read", Json{{"uri", uri}}, "resource ", uri);
      }
    }
  }

  void Ask(const std::string& method, const Json& params, const std::string& what, const std::string& text) {
    const std::string asked = Dump(params);
    if (!asked_.insert(method + asked).second) return;
    const SendOutcome sent = sandbox_.client().Send({.with = with_}, method, params, "made up: " + what + Dump(text));
    constexpr size_t kKept = 50;
    if (asked_.size() % kKept == 0) (void)sandbox_.trace().Take();
    if (!sent.answer) {
      silence_ = sent.silence;
      return;
    }
    ++answered_;
    const auto found = [&](const std::string& said) {
      found_.push_back({.method = method, .params = params, .said = what + Dump(text) + said});
    };
    if (HoldsTheirs(*sent.answer)) return found(" gave what is " + owner_.persona + "'s");
    // What the server itself called a thing of theirs when it was made, and what was not in the question in any case.
    constexpr size_t kTelling = 8;  // a shorter one may stand there by chance
    for (const auto& [name, value] : owner_.items) {
      const std::string thing = Unquoted(value);
      if (thing.size() < kTelling || Upper(asked).find(Upper(thing)) != std::string::npos) continue;
      if (sent.answer->body.find(thing) != std::string::npos)
        return found(" told what a thing of " + owner_.persona + " is called");
    }
  }

  struct Found {
    std::string method = {};
    Json params = {};
    std::string said = {};
  };

  Sandbox& sandbox_;
  Scanner scanner_;
  const std::string with_;
  const Principal& caller_;
  const Principal& owner_;
  const std::string upstream_;
  const std::vector<std::string> things_;
  const std::vector<std::string> made_;
  std::vector<Found> found_ = {};
  std::string silence_ = {};
  std::set<std::string> asked_ = {};
  size_t answered_ = 0;
};

// `arguments`: `with` a credential, `of` whose things are asked for.
Result<ProbeOutcome> PlayMadeArguments(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const Credential* const valid = sandbox.principals().FindCredential(with);
  const Principal* const owner = sandbox.principals().Find(AtOr<std::string>(arguments, "/of", ""));
  if (valid == nullptr || owner == nullptr)
    return Error(ErrorKind::kInvalidInput, "made_arguments: want 'with' a credential and 'of' a persona");
  const Principal& caller = *sandbox.principals().Find(valid->principal);
  ProbeOutcome outcome;
  outcome.findings["made-up-gives-nothing-of-others"] = MadeArguments(sandbox, with, caller, *owner).Played();
  return outcome;
}

}  // namespace

void AddMadeArgumentProbes(ProbeSet& probes) {
  probes["made_arguments"] = {PlayMadeArguments, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
}

}  // namespace iff
