#include "harness/run/mutate.h"

#include <algorithm>
#include <functional>
#include <random>
#include <set>

namespace iff {
namespace {

constexpr int kNearlyAlways = 100;

// Distributions differ from library to library; remainders do not.
class Dice {
 public:
  Dice(uint64_t seed, uint64_t number) : engine_(seed * 0x9E3779B97F4A7C15ULL + number) { engine_.discard(8); }

  uint64_t Below(uint64_t bound) { return engine_() % bound; }
  bool Percent(uint64_t chance) { return Below(kNearlyAlways) < chance; }
  template <class T>
  const T& Of(const std::vector<T>& all) {
    return all[Below(all.size())];
  }

 private:
  std::mt19937_64 engine_;
};

std::string Letters(Dice& dice, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += static_cast<char>('a' + dice.Below(26));
  return text;
}

// A text that differs from the given one.
std::string Bend(Dice& dice, const std::string& text) {
  static const std::vector<std::string> kTails = {" ",    "/",  ".",  "\t", "\n", "%00",    "\\",
                                                  "?x=1", "#x", "//", ",",  ";",  "\u200b", ".example"};
  std::string bent = text;
  switch (dice.Below(9)) {
    case 0:
      bent += dice.Of(kTails);
      break;
    case 1:
      bent.insert(0, dice.Of(kTails));
      break;
    case 2:
      bent += Letters(dice, 1 + dice.Below(8));
      break;
    case 3:
      bent.insert(0, Letters(dice, 1 + dice.Below(8)));
      break;
    case 4:
      bent = text.substr(0, dice.Below(text.size() + 1));
      break;
    case 5:
      if (!text.empty()) bent.erase(dice.Below(text.size()), 1);
      break;
    case 6:
      if (!text.empty()) bent.insert(dice.Below(text.size()), 1, text[dice.Below(text.size())]);
      break;
    case 7: {
      const size_t at = text.empty() ? 0 : dice.Below(text.size());
      for (size_t i = 0; i < text.size(); ++i) {
        char& letter = bent[(at + i) % text.size()];
        const char other = letter >= 'a' && letter <= 'z'   ? static_cast<char>(letter - 'a' + 'A')
                           : letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                                            : letter;
        if (other == letter) continue;
        letter = other;
        break;
      }
      break;
    }
    default:
      bent = Letters(dice, 1 + dice.Below(24));
      break;
  }
  return bent == text ? text + "x" : bent;
}

// Something that is no text that was asked for.
Json Oddity(Dice& dice) {
  switch (dice.Below(12)) {
    case 0:
      return nullptr;
    case 1:
      return dice.Percent(50);
    case 2:
      return static_cast<int64_t>(dice.Below(3)) - 1;
    case 3:
      return int64_t{9'007'199'254'740'993};
    case 4:
      return 1e308;
    case 5:
      return "";
    case 6:
      return std::string(1 + dice.Below(2'000), static_cast<char>('a' + dice.Below(26)));
    case 7:
      return Json::array();
    case 8:
      return Json::object();
    case 9: {
      Json nested = Json::array();
      for (uint64_t depth = dice.Below(60); depth > 0; --depth) nested = Json::array({nested});
      return nested;
    }
    case 10:
      return Json{{"$ne", nullptr}};
    default:
      return "\u0001\u0301" + Letters(dice, 3);
  }
}

std::string Shown(const Json& value) {
  constexpr size_t kEnough = 60;
  const std::string text = Dump(value);
  return text.size() <= kEnough ? text : text.substr(0, kEnough) + "... (" + std::to_string(text.size()) + " bytes)";
}

Json Expectations(const std::vector<std::pair<std::string, Json>>& wanted) {
  Json all = Json::array();
  for (const auto& [check, condition] : wanted) {
    Json one = {{"check", check}, {"level", "must"}};
    one.update(condition);
    all.push_back(std::move(one));
  }
  return all;
}

// ---- tokens

struct Change {
  std::string kind = {};
  std::string what = {};
  Json claims = Json::object();
  Json header = Json::object();
};

// None of them is one of those the valid token has, and so none is the server's own.
Json OtherAudience(Dice& dice, const Json& valid) {
  std::set<std::string> theirs;
  std::vector<std::string> names;
  for (const Json& one : valid.is_array() ? valid : Json::array({valid})) {
    if (!one.is_string()) continue;
    names.push_back(one.get<std::string>());
    theirs.insert(names.back());
  }
  if (names.empty()) names.emplace_back("server");
  const auto other = [&] {
    std::string name = Bend(dice, dice.Of(names));
    while (theirs.contains(name)) name += "x";
    return name;
  };
  switch (dice.Below(4)) {
    case 0:
      return Json::array({other()});
    case 1:
      return Json::array({other(), other()});
    case 2:
      return Json::array({Json::array({dice.Of(names)})});  // a list in a list is no text
    default:
      return other();
  }
}

Change ClaimChange(Dice& dice, const Json& claims) {
  Change change;
  switch (dice.Below(4)) {
    case 0: {
      change.kind = "claim aud";
      change.claims["aud"] = OtherAudience(dice, claims.value("aud", Json("server")));
      break;
    }
    case 1: {
      change.kind = "claim iss";
      const std::string issuer = AtOr<std::string>(claims, "/iss", "http://127.0.0.1/");
      change.claims["iss"] = dice.Percent(85) ? Json(Bend(dice, issuer)) : Json::array({issuer});
      break;
    }
    case 2: {
      change.kind = "claim exp";
      const uint64_t ago = 3600 + dice.Below(dice.Percent(50) ? 10'000 : 900'000'000);
      change.claims["exp"] = "-" + std::to_string(ago) + "s";
      change.claims["iat"] = "-" + std::to_string(ago + 300) + "s";
      break;
    }
    default: {
      change.kind = "claim nbf";
      change.claims["nbf"] = "+" + std::to_string(3600 + dice.Below(100'000'000)) + "s";
      change.claims["exp"] = "+200000000s";
      break;
    }
  }
  for (const auto& [name, value] : change.claims.items()) {
    if (change.kind.ends_with(name)) change.what = "the claim " + name + " is " + Shown(value);
  }
  return change;
}

// What of the token does not matter, but may be stumbled over.
void AddNoise(Dice& dice, Change& change) {
  if (dice.Percent(30)) change.header["kid"] = Bend(dice, "key");
  if (dice.Percent(30)) change.claims["x-" + Letters(dice, 4)] = Oddity(dice);
  if (dice.Percent(20)) change.claims["jti"] = Letters(dice, 12);
}

// ---- requests

const std::vector<std::string> kIdentityNames = {"user",    "user_id", "owner",        "principal", "sub",
                                                 "account", "as",      "on_behalf_of", "tenant",    "email"};
const std::vector<std::string> kIdentityWords = {"{of.id}", "{of.name}", "{of.account}"};
// Around what names another's thing, as text.
const std::vector<std::pair<std::string, std::string>> kWrappings = {{"", " "},
                                                                     {" ", ""},
                                                                     {"", "/"},
                                                                     {"./", ""},
                                                                     {"../", ""},
                                                                     {"", "%00"},
                                                                     {"", "'--"},
                                                                     {"' OR '1'='1' OR id='", ""},
                                                                     {"{own.name}/../", ""},
                                                                     {"", "?x=1"},
                                                                     {"", "#"},
                                                                     {"", "\n"},
                                                                     {"", "\t"},
                                                                     {"*", ""},
                                                                     {"", "*"},
                                                                     {"%", ""},
                                                                     {"", "\u200b"},
                                                                     {"{own.id},", ""}};

// Every place of a text in what is asked for, as a pointer.
void Texts(const Json& value, const std::string& at, std::vector<std::string>& found) {
  if (value.is_string()) found.push_back(at);
  if (!value.is_object() && !value.is_array()) return;
  for (const auto& [name, inside] : value.items()) Texts(inside, at + "/" + name, found);
}

class RequestBender {
 public:
  RequestBender(Dice& dice, const Material& material) : dice_(dice), material_(material) {}

  // The call that is bent; says what was done to it.
  Json Make(MutatedCase& made) {
    const auto& operations = material_.target.operations;
    std::vector<std::string> names;
    for (const auto& [name, operation] : operations) {
      // What makes things would leave them behind; asking is enough.
      if (name != material_.target.seed_with && name != "create") names.push_back(name);
    }
    const std::string name =
        !material_.other.empty() && operations.contains("read_of") && dice_.Percent(60) ? "read_of" : dice_.Of(names);
    const Operation& operation = operations.at(name);
    Json call = {{"call", operation.tool}, {"with", material_.caller}, {"patience", "5s"}};
    if (!material_.other.empty()) call["of"] = material_.other;
    Json arguments = operation.arguments;
    // Whoever asks for another's thing has bent the request already.
    const bool plain = name == "read_of" && dice_.Percent(10);
    if (plain) Say(made, "another's thing", "what is " + material_.other + "'s, by its right name");
    for (uint64_t times = plain ? 0 : 1 + dice_.Below(2); times > 0; --times) BendOnce(call, arguments, made);
    made.what = operation.tool + ": " + made.what;
    call["arguments"] = arguments;
    const std::vector<std::string>& revisions = material_.target.revisions;
    if (material_.target.transport != Transport::kStdio && revisions.size() > 1) call["revision"] = dice_.Of(revisions);
    return call;
  }

 private:
  void Say(MutatedCase& made, const std::string& kind, const std::string& what) {
    if (made.kind.empty()) made.kind = kind;
    made.what += (made.what.empty() ? "" : ", ") + what;
  }

  void BendOnce(Json& call, Json& arguments, MutatedCase& made) {
    std::vector<std::string> texts;
    Texts(arguments, "", texts);
    const uint64_t way = dice_.Below(10);
    if (way == 0) {
      const std::string tool = Bend(dice_, call["call"].get<std::string>());
      if (material_.target.tools.empty() && !tool.empty()) {  // a listed tool cannot be misspelt in a scenario
        call["call"] = tool;
        return Say(made, "tool", "the tool is called " + Shown(tool));
      }
    }
    if (way <= 2 || texts.empty()) {
      const bool identity = !material_.other.empty() && dice_.Percent(70);
      const std::string name = identity ? dice_.Of(kIdentityNames) : Letters(dice_, 5);
      arguments[name] = identity ? Json(dice_.Of(kIdentityWords)) : Oddity(dice_);
      return Say(made, "argument more", "with " + name + " = " + Shown(arguments[name]));
    }
    const std::string at = dice_.Of(texts);
    Json& value = arguments[Json::json_pointer(at)];
    if (way <= 6 && value.is_string()) {
      const std::string text = value.get<std::string>();
      if (dice_.Percent(15)) {
        value = dice_.Percent(50) ? Json::array({text}) : Json{{"id", text}};
      } else if (dice_.Percent(70)) {
        const auto& [before, after] = dice_.Of(kWrappings);
        value = before + text + after;
      } else {
        value = Bend(dice_, text);
      }
    } else {
      value = Oddity(dice_);
    }
    Say(made, "argument", at.substr(1) + " = " + Shown(value));
  }

  Dice& dice_;
  const Material& material_;
};

}  // namespace

MutatedCase Mutator::Make(uint64_t number) const {
  Dice dice(seed_, number);
  const std::string& caller = material_.caller;
  MutatedCase made;
  const std::string suite = "fuzz";
  Json steps = Json::array();
  Json principals = Json::array({caller});
  steps.push_back({{"obtain", caller}, {"for", caller}});
  if (!material_.other.empty()) {
    principals.push_back(material_.other);
    steps.push_back({{"obtain", material_.other}, {"for", material_.other}});
  }
  const auto twin = [&](const std::string& check) {
    return Json{{"call", "read_own"}, {"with", caller}, {"expect", Expectations({{check, {{"discloses", caller}}}})}};
  };
  steps.push_back(twin("valid-request-is-served"));
  if (material_.claims.is_object() && dice.Percent(50)) {
    made.bent = Bent::kToken;
    const bool forged = !material_.attacks.empty() && dice.Percent(40);
    const bool changed = !forged || dice.Percent(50);
    std::string from = caller;
    if (changed) {
      Change change = ClaimChange(dice, material_.claims);
      AddNoise(dice, change);
      made.kind = change.kind;
      made.what = change.what;
      Json mint = {{"mint", "changed"}, {"from", from}, {"change", change.claims}};
      // What is forged from it is known by its key.
      if (!change.header.empty() && !forged) mint["header"] = change.header;
      steps.push_back(std::move(mint));
      from = "changed";
    }
    if (forged) {
      const std::string attack = dice.Of(material_.attacks);
      made.kind = changed ? made.kind + " and " + attack : attack;
      made.what += (changed ? ", and it is forged: " : "forged: ") + attack;
      steps.push_back({{"mint", "forged"}, {"from", from}, {"forge", attack}});
      from = "forged";
    }
    steps.push_back({{"call", "read_own"},
                     {"with", from},
                     {"patience", "5s"},
                     {"expect", Expectations({{"bent-token-is-refused", {{"refused", "token"}}},
                                              {"bent-token-gives-nothing", {{"withholds", Json::array({caller})}}}})}});
  } else {
    Json call = RequestBender(dice, material_).Make(made);
    std::vector<std::pair<std::string, Json>> wanted = {
        {"bent-request-gives-nothing-of-others", {{"withholds", "others"}}}};
    if (material_.target.transport != Transport::kStdio) {
      wanted.push_back({"bent-request-is-answered",
                        {{"status", Json::array({200, 202, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429})}}});
    }
    call["expect"] = Expectations(wanted);
    steps.push_back(std::move(call));
  }
  steps.push_back(twin("valid-request-is-served-afterwards"));
  made.scenario = {
      {"id", suite + "/" + material_.target.name + "-" + std::to_string(seed_) + "-" + std::to_string(number)},
      {"title", "Refused or answered without harm, and afterwards all is as before: " + made.what},
      {"target", material_.target.name},
      {"given", {{"principals", principals}, {"relaxed", {{"rate_limit", "100000/1"}}}}},
      {"steps", steps}};
  return made;
}

}  // namespace iff
