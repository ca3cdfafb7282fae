#include "harness/replay/from_traffic.h"

#include <algorithm>
#include <map>

#include "harness/replay/as_scenario.h"

namespace iff {
namespace {

// Answers that a client gives to a server, and what only opens or closes a conversation: a replay does that by itself.
bool IsCeremony(const std::string& method) {
  return method.empty() || method == "initialize" || method.starts_with("notifications/");
}

class Translator {
 public:
  explicit Translator(const Traffic& traffic) : traffic_(traffic) {}

  Result<FromTraffic> Translate(const std::string& id, const std::string& title) {
    for (size_t i = 0; i < traffic_.heard.size(); ++i) {
      const Heard& heard = traffic_.heard[i];
      if (IsCeremony(heard.method)) continue;
      where_ =
          "request " + std::to_string(i + 1) + ", " + (heard.token ? heard.token->role : "nobody") + " " + heard.method;
      if (heard.unplayable.empty()) {
        Add(heard);
      } else {
        Leave(heard.unplayable);
      }
    }
    if (calls_.empty()) {
      return Error(ErrorKind::kUnavailable,
                   "nothing was heard that a scenario can say" +
                       (written_.notes.empty() ? std::string() : ": " + written_.notes.front()));
    }
    written_.steps = calls_.size();
    Finish(id, title);
    return std::move(written_);
  }

 private:
  void Leave(const std::string& why) { written_.notes.push_back(where_ + ": left out, because " + why); }
  void Note(const std::string& what) { written_.notes.push_back(where_ + ": " + what); }

  void Add(const Heard& heard) {
    Json step = Json::object();
    Json params = heard.params.is_object() ? heard.params : Json::object();
    params.erase("_meta");
    caller_ = heard.token ? heard.token->role : "";
    mentioned_.clear();
    if (heard.method == "tools/call") {
      if (!Call(params, step)) return;
    } else if (heard.method == "resources/read") {
      step["read"] = Said(AtOr<std::string>(params, "/uri", ""));
      if (!mentioned_.empty() || step["read"] != AtOr<std::string>(params, "/uri", "")) {
        return Leave("its address holds a name of that session");
      }
    } else if (params.empty()) {
      step["list"] = heard.method;
    } else {
      return Leave("it has arguments, which only a tool's call can have");
    }
    if (heard.token) {
      const std::string name = CredentialFor(*heard.token);
      step["with"] = name;
      people_.insert(heard.token->role);
    }
    if (!heard.as.empty()) step["as"] = heard.as;
    if (!heard.revision.empty() && heard.revision != traffic_.revision) step["revision"] = heard.revision;
    for (const std::string& role : heard.shows) {
      if (role == caller_) continue;
      people_.insert(role);
      Note("THE ANSWER HELD WHAT IS " + role + "'s ALONE; the scenario asks that it does not");
    }
    owners_.push_back(heard.shows.contains(caller_) ? caller_ : "");
    Json seen = {{"answers", Json::array({heard.answer})}};
    if (!heard.downstream.is_null()) seen["downstream"] = heard.downstream;
    if (!heard.alone) seen["side_by_side"] = true;
    calls_.push_back(std::move(step));
    seen_.push_back(std::move(seen));
  }

  // False: it cannot be said.
  bool Call(const Json& params, Json& step) {
    const std::string tool = AtOr<std::string>(params, "/name", "");
    const Json given = AtOr<Json>(params, "/arguments", Json::object());
    if (tool.empty() || !given.is_object()) {
      Leave("it names no tool");
      return false;
    }
    const Json arguments = SaidAll(given);
    if (mentioned_.size() > 1) {
      Leave("it speaks of " + *mentioned_.begin() + " and " + *mentioned_.rbegin() + " at once");
      return false;
    }
    if (mentioned_.size() == 1) {
      step["of"] = *mentioned_.begin();
      people_.insert(*mentioned_.begin());
    }
    const std::string operation = OperationFor(tool, arguments);
    if (!operation.empty()) {
      step["call"] = operation;
      return true;
    }
    step["call"] = tool;
    step["arguments"] = arguments;
    if (Holds(arguments, "{{")) Note("its arguments hold a secret of that session, of which only the name is written");
    return true;
  }

  // What the target calls this; "" where it has no word for it.
  std::string OperationFor(const std::string& tool, const Json& arguments) const {
    std::string fits;
    for (const auto& [name, operation] : traffic_.operations.items()) {
      if (AtOr<std::string>(operation, "/tool", "") != tool) continue;
      const Json wanted = AtOr<Json>(operation, "/arguments", Json::object());
      if (wanted == arguments) return name;
      if (mentioned_.empty() && OwnAsOf(wanted) == arguments) fits = name;
    }
    return fits;
  }

  // Whoever speaks of nobody else asks for what is their own.
  static Json OwnAsOf(const Json& value) {
    if (value.is_string()) {
      std::string text = value.get<std::string>();
      for (size_t at = text.find("{of."); at != std::string::npos; at = text.find("{of.", at))
        text.replace(at, 4, "{own.");
      return text;
    }
    Json own = value;
    if (own.is_structured()) {
      for (auto& item : own.items()) item.value() = OwnAsOf(item.value());
    }
    return own;
  }

  static bool Holds(const Json& value, const std::string& text) { return Dump(value).find(text) != std::string::npos; }

  // With {own.X} for what is the caller's and {of.X} for what is another's, who is then mentioned.
  std::string Said(std::string text) {
    for (const Person& person : traffic_.people) {
      // Nobody has nothing of their own: what is anybody's is another's.
      const bool own = person.role == caller_;
      // The account holds the tag, so it comes first.
      for (const auto& [field, value] :
           {std::pair<const char*, const std::string&>{"id", person.id}, {"name", person.name}, {"tag", person.tag}}) {
        if (value.size() < 4) continue;
        const std::string word = std::string(own ? "{own." : "{of.") + field + "}";
        for (size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + word.size())) {
          text.replace(at, value.size(), word);
          if (!own) mentioned_.insert(person.role);
        }
      }
    }
    return text;
  }

  Json SaidAll(const Json& value) {
    if (value.is_string()) return Said(value.get<std::string>());
    Json said = value;
    if (said.is_structured()) {
      for (auto& item : said.items()) item.value() = SaidAll(item.value());
    }
    return said;
  }

  // Logged in once for each kind of token, at the beginning.
  std::string CredentialFor(const TokenKind& kind) {
    const auto known = std::find_if(kinds_.begin(), kinds_.end(), [&](const auto& each) { return each.first == kind; });
    if (known != kinds_.end()) return known->second;
    TokenKind valid = kind;
    valid.expired_for.reset();
    valid.lifetime.reset();
    std::string name;
    if (kind.expired_for) {
      const std::string from = CredentialFor(valid);
      name = NewName(kind.role + "-expired");
      Json change = {{"exp", "-" + std::to_string(std::max<int64_t>(1, *kind.expired_for)) + "s"}};
      if (kind.lifetime) change["iat"] = "-" + std::to_string(*kind.expired_for + *kind.lifetime) + "s";
      minted_.push_back({{"mint", name}, {"from", from}, {"change", std::move(change)}});
    } else {
      name = NewName(kind.role);
      Json step = {{"obtain", name}, {"for", kind.role}};
      if (kind.scopes != traffic_.scopes) step["scopes"] = kind.scopes;
      if (!kind.client.empty() && kind.client != traffic_.client) step["client"] = kind.client;
      obtained_.push_back(std::move(step));
    }
    kinds_.emplace_back(kind, name);
    return name;
  }

  std::string NewName(const std::string& wanted) {
    const int times = ++names_[wanted];
    return times == 1 ? wanted : wanted + "-" + std::to_string(times);
  }

  // What a recording of a run does not know, because there the scenario says it: whose things may be in an answer.
  static Json ChecksOf(size_t number, const std::string& owner) {
    const std::string prefix = "recorded-" + std::to_string(number) + "-";
    Json checks = Json::array();
    if (!owner.empty()) checks.push_back({{"check", prefix + "own-things"}, {"level", "must"}, {"discloses", owner}});
    checks.push_back({{"check", prefix + "nothing-of-others"}, {"level", "must"}, {"withholds", "others"}});
    return checks;
  }

  void Finish(const std::string& id, const std::string& title) {
    // Somebody else must be there, or nothing of others can be looked for.
    for (const Person& person : traffic_.people) {
      if (people_.size() < 2 && traffic_.holders.contains(person.role)) people_.insert(person.role);
    }
    Json subjects = Json::array();
    for (const Person& person : traffic_.people) {
      if (people_.contains(person.role)) subjects.push_back(person.role);
    }
    Json steps = obtained_;
    for (const Json& minted : minted_) steps.push_back(minted);
    Json seen = Json::array();
    for (size_t i = 0; i < steps.size(); ++i) seen.push_back(Json::object());
    for (size_t i = 0; i < calls_.size(); ++i) {
      calls_[i]["expect"] = ChecksOf(steps.size() + 1, owners_[i]);
      steps.push_back(calls_[i]);
    }
    for (const Json& one : seen_) seen.push_back(one);
    const Json recording = {{"scenario",
                             {{"id", id},
                              {"title", title},
                              {"target", traffic_.target},
                              {"given", {{"subjects", subjects}}},
                              {"steps", steps}}},
                            {"ledgers", traffic_.ledgers},
                            {"seen", seen}};
    written_.scenario = AsScenario(recording, id).value();
  }

  const Traffic& traffic_;
  FromTraffic written_;
  Json obtained_ = Json::array();
  Json minted_ = Json::array();
  Json calls_ = Json::array();
  Json seen_ = Json::array();
  std::vector<std::string> owners_;  // of what came with each call, where it was the caller's own; "" otherwise
  std::vector<std::pair<TokenKind, std::string>> kinds_;
  std::map<std::string, int> names_;
  std::set<std::string> people_;
  std::set<std::string> mentioned_;
  std::string caller_;
  std::string where_;
};

}  // namespace

Result<FromTraffic> ScenarioFromTraffic(const Traffic& traffic, const std::string& id, const std::string& title) {
  return Translator(traffic).Translate(id, title);
}

}  // namespace iff
