#include "harness/discover/guess.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

#include "harness/core/regex_search.h"
#include "harness/core/words.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

using Words = std::vector<std::string>;

// The first of `wanted` that is among `words`; "" for none.
std::string FirstIn(const Words& words, const Words& wanted) {
  for (const std::string& one : wanted) {
    if (std::find(words.begin(), words.end(), one) != words.end()) return one;
  }
  return "";
}

struct Tool {
  std::string name = {};
  Words words = {};
  Json properties = Json::object();
  std::set<std::string> required = {};
};

std::vector<Tool> Read(const Json& tools) {
  std::vector<Tool> all;
  if (!tools.is_array()) return all;
  for (const Json& each : tools) {
    Tool tool{.name = AtOr<std::string>(each, "/name", "")};
    tool.words = WordsOf(tool.name);
    const Json properties = AtOr<Json>(each, "/inputSchema/properties", Json::object());
    if (properties.is_object()) tool.properties = properties;
    for (const Json& name : AtOr<Json>(each, "/inputSchema/required", Json::array())) {
      tool.required.insert(AtOr<std::string>(name, "", ""));
    }
    if (!tool.name.empty()) all.push_back(std::move(tool));
  }
  return all;
}

std::string TypeOf(const Tool& tool, const std::string& property) {
  return AtOr<std::string>(tool.properties.value(property, Json::object()), "/type", "");
}

// Something its schema allows, where it does not matter what.
std::optional<Json> AnyOf(const Tool& tool, const std::string& property) {
  const Json schema = tool.properties.value(property, Json::object());
  if (const Json* first = Find(schema, "/enum/0")) return *first;
  if (const Json* usual = Find(schema, "/default")) return *usual;
  const std::string type = TypeOf(tool, property);
  if (type == "string" || type.empty()) return Json("iff");
  if (type == "integer" || type == "number") return AtOr<Json>(schema, "/minimum", Json(1));
  if (type == "boolean") return Json(false);
  if (type == "array") return Json::array();
  if (type == "object") return Json::object();
  return {};
}

// Arguments with `chosen` set to `value`, and whatever else is required.
std::optional<Json> ArgumentsWith(const Tool& tool, const std::string& chosen, const Json& value) {
  Json arguments = Json::object();
  for (const std::string& name : tool.required) {
    if (name == chosen) continue;
    const std::optional<Json> any = AnyOf(tool, name);
    if (!any || HoldsPlaceholder(*any)) return {};
    arguments[name] = *any;
  }
  if (!chosen.empty()) arguments[chosen] = value;
  return arguments;
}

// The property that names a thing: id, note_id, issueKey.
std::string IdByName(const Tool& tool) {
  for (const bool only_required : {true, false}) {
    for (const auto& [name, schema] : tool.properties.items()) {
      if (only_required && !tool.required.contains(name)) continue;
      const Words words = WordsOf(name);
      if (!words.empty() && !FirstIn({words.back()}, {"id", "key", "uuid", "uri", "slug", "number"}).empty())
        return name;
    }
  }
  return "";
}

std::string IdOf(const Tool& tool) {
  const std::string named = IdByName(tool);
  // One thing is wanted, and a reading tool wants it: that will be it.
  return !named.empty() || tool.required.size() != 1 ? named : *tool.required.begin();
}

std::string TextOf(const Tool& tool) {
  const Words likely = {"text",    "content", "body",    "note",        "message", "value",
                        "summary", "title",   "subject", "description", "data",    "name"};
  for (const std::string& wanted : likely) {
    for (const auto& [name, schema] : tool.properties.items()) {
      const Words words = WordsOf(name);
      if (TypeOf(tool, name) == "string" && !FirstIn(words, {wanted}).empty()) return name;
    }
  }
  for (const std::string& name : tool.required) {
    if (TypeOf(tool, name) == "string") return name;
  }
  return "";
}

const Words kMaking = {"create",   "add",  "new",    "write",  "save",    "insert", "store",    "put", "make",
                       "remember", "post", "submit", "record", "compose", "draft",  "register", "keep"};
// They make a thing where what they want is what one would write.
const Words kMakingOfText = {"open", "start", "log", "enter", "file"};
const Words kWritten = {"text", "content", "body", "message", "subject", "title", "summary", "description"};
const Words kReading = {"get", "read", "fetch", "show", "view", "load", "open", "retrieve", "describe"};
const Words kListing = {"list", "search", "find", "all", "browse"};
const Words kQuerying = {"query", "sql", "execute"};

const Words kChanging = {"edit",   "update",  "change",  "set",    "rename", "move",  "delete",
                         "remove", "destroy", "drop",    "wipe",   "purge",  "clear", "archive",
                         "revoke", "close",   "replace", "modify", "append", "patch"};

std::string NameHas(const std::string& word) { return "its name has '" + word + "'"; }

// The word of its name that says it makes a thing, or "".
std::string MakingWord(const Tool& tool) {
  if (const std::string word = FirstIn(tool.words, kMaking); !word.empty()) return word;
  const bool takes_text = IdByName(tool).empty() && !FirstIn(WordsOf(TextOf(tool)), kWritten).empty();
  return takes_text && !tool.words.empty() ? FirstIn({tool.words.front()}, kMakingOfText) : "";
}

}  // namespace

bool HoldsPlaceholder(const Json& value) {
  if (value.is_structured())
    return std::any_of(value.begin(), value.end(), [](const Json& part) { return HoldsPlaceholder(part); });
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  const auto holds = [&](const char* part) { return text.find(part) != std::string::npos; };
  return holds("{own.") || holds("{of.") || holds("{text}") || holds("${");
}

std::vector<GuessedOperation> GuessOperations(const Json& listed) {
  const std::vector<Tool> tools = Read(listed);
  std::map<std::string, GuessedOperation> found;
  const auto guess = [&](const std::string& name, const Tool& tool, const std::optional<Json>& arguments,
                         const std::string& why) {
    if (!arguments || HoldsPlaceholder(tool.name) || found.contains(name)) return;
    found[name] = {.name = name, .operation = {.tool = tool.name, .arguments = *arguments}, .why = why};
  };
  for (const Tool& tool : tools) {
    const bool who = !FirstIn(tool.words, {"whoami", "me", "myself", "profile"}).empty() ||
                     (!FirstIn(tool.words, {"who"}).empty() && !FirstIn(tool.words, {"am"}).empty()) ||
                     (!FirstIn(tool.words, {"current"}).empty() && !FirstIn(tool.words, {"user"}).empty());
    if (who && tool.required.empty()) {
      guess("whoami", tool, Json::object(), "its name asks who calls");
      continue;
    }
    if (const std::string word = MakingWord(tool); !word.empty()) {
      const std::string text = TextOf(tool);
      if (!text.empty()) {
        guess("create", tool, ArgumentsWith(tool, text, "{text}"), NameHas(word) + ", and '" + text + "' is text");
        continue;
      }
    }
    if (const std::string word = FirstIn(tool.words, kListing); !word.empty()) {
      const std::string text = tool.required.size() == 1 ? *tool.required.begin() : "";
      guess("list", tool, ArgumentsWith(tool, text, ""), NameHas(word));
      continue;
    }
    if (const std::string word = FirstIn(tool.words, kQuerying); !word.empty()) {
      const std::string text = TextOf(tool);
      if (!text.empty()) guess("run_query", tool, ArgumentsWith(tool, text, "SELECT 1"), NameHas(word));
      continue;
    }
    if (const std::string word = FirstIn(tool.words, kReading); !word.empty()) {
      const std::string id = IdOf(tool);
      if (id.empty()) continue;
      const std::string why = NameHas(word) + ", and '" + id + "' says which";
      guess("read_own", tool, ArgumentsWith(tool, id, "{own.thing}"), why);
      guess("read_of", tool, ArgumentsWith(tool, id, "{of.thing}"), why);
    }
  }
  std::vector<GuessedOperation> ordered;
  for (const char* name : {"create", "read_own", "read_of", "list", "run_query", "whoami"}) {
    if (const auto one = found.find(name); one != found.end()) ordered.push_back(one->second);
  }
  return ordered;
}

bool Changes(const Json& tool) {
  if (AtOr<bool>(tool, "/annotations/readOnlyHint", false)) return false;
  if (AtOr<bool>(tool, "/annotations/destructiveHint", false)) return true;
  return !FirstIn(WordsOf(AtOr<std::string>(tool, "/name", "")), kChanging).empty();
}

Json LikelyArguments(const Json& listed) {
  Json arguments = Json::object();
  const std::vector<Tool> tools = Read(Json::array({listed}));
  if (tools.empty()) return arguments;
  const std::string id = Changes(listed) ? IdOf(tools.front()) : IdByName(tools.front());
  const std::string text = TextOf(tools.front());
  const bool lists = !FirstIn(tools.front().words, kListing).empty();
  for (const auto& [name, schema] : tools.front().properties.items())
    arguments[name] = name == id ? "{of.thing}" : name != text ? "..." : lists ? "" : "{text}";
  return arguments;
}

std::string GuessId(const Json& answered, const std::set<std::string>& asked_by) {
  if (!answered.is_object()) return "";
  const auto plain = [](const Json& value) { return value.is_string() || value.is_number_integer(); };
  for (const auto& [name, value] : answered.items()) {
    if (plain(value) && asked_by.contains(name)) return "/" + PointerToken(name);
  }
  for (const std::string& wanted :
       {std::string("id"), std::string("key"), std::string("uuid"), std::string("uri"), std::string("number")}) {
    for (const auto& [name, value] : answered.items()) {
      const Words words = WordsOf(name);
      if (plain(value) && !words.empty() && words.back() == wanted) return "/" + PointerToken(name);
    }
  }
  // One thing inside another: {"note": {"id": 3}}.
  for (const auto& [name, value] : answered.items()) {
    if (const std::string inside = GuessId(value, asked_by); !inside.empty()) return "/" + PointerToken(name) + inside;
  }
  return "";
}

std::vector<std::string> VariablesIn(const std::string& source, const std::vector<InitHints>& hints) {
  static const std::regex kForms(
      R"re((?:environ(?:\.get)?\s*[\[(]|[gG]etenv\s*\(|LookupEnv\s*\(|env::var\s*\(|process\.env\s*\[)\s*["']([A-Z][A-Z0-9_]*)["'])re"
      R"re(|process\.env\.([A-Z][A-Z0-9_]*))re"
      R"re(|\{([^{}]*)\}\s*=\s*process\.env)re");
  static const std::regex kName("[A-Z][A-Z0-9_]*");
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  SearchInPieces(source, kForms, [&](const std::cmatch& one) {
    if (one[1].matched) add(one[1]);
    if (one[2].matched) add(one[2]);
    const std::string inside = one[3];
    for (std::sregex_iterator name(inside.begin(), inside.end(), kName), none; name != none; ++name) add(name->str());
    return true;
  });
  if (hints.empty()) return names;
  static const std::regex kEnvironment("environ|[gG]etenv|LookupEnv|env::var|process\\.env");
  static const std::regex kQuoted(R"re(["'`]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)["'`])re");
  bool asks = false;
  SearchInPieces(source, kEnvironment, [&](const std::cmatch&) { return !(asks = true); });
  if (!asks) return names;
  SearchInPieces(source, kQuoted, [&](const std::cmatch& one) {
    if (!GuessValue(one[1], "", hints).empty()) add(one[1]);
    return true;
  });
  return names;
}

std::vector<std::string> VariablesLacked(const std::string& said, const std::vector<InitHints>& hints) {
  // A word alone is a variable's name only in quotes; several joined by '_' are hardly anything else.
  static const std::regex kForms(R"re(["'`]([A-Z][A-Z0-9]+)["'`]|\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b)re");
  std::vector<std::string> names;
  SearchInPieces(said, kForms, [&](const std::cmatch& one) {
    const std::string name = one[1].matched ? one[1] : one[2];
    if (std::find(names.begin(), names.end(), name) == names.end() && !GuessValue(name, "", hints).empty())
      names.push_back(name);
    return true;
  });
  return names;
}

std::string IssuerIn(const std::vector<InitHints>& hints) {
  for (const InitHints& one : hints) {
    if (one.issuer) return one.component;
  }
  return "issuer";
}

std::string GuessValue(const std::string& variable, const std::string& path, const std::vector<InitHints>& hints) {
  const auto has = [&](std::string_view part) { return variable.find(part) != std::string::npos; };
  const auto of_issuer = [&](const std::string& fact) { return "${" + IssuerIn(hints) + "." + fact + "}"; };
  const std::string base = "http://127.0.0.1:${port}";
  if (has("SECRET") || has("UPSTREAM")) return "";
  for (const InitHints& one : hints) {
    if (std::any_of(one.words.begin(), one.words.end(), has)) return "";
  }
  if (has("DATABASE")) return variable.ends_with("_PATH") || variable.ends_with("_FILE") ? "${directory}/store.db" : "";
  if (has("JWKS") || (has("KEYS") && (has("URL") || has("URI")))) return of_issuer("jwks_url");
  if (has("AUDIENCE") || variable == "AUD" || variable.ends_with("_AUD")) return "mcp-server";
  if (has("INTROSPECT")) return of_issuer("introspection_url");
  if (has("USERINFO")) return of_issuer("userinfo_url");
  if (has("TOKEN_URL") || has("TOKEN_ENDPOINT") || has("TOKEN_URI")) return of_issuer("token_url");
  if (has("ISSUER") || has("AUTHORITY")) return of_issuer("issuer");
  if (has("RESOURCE")) return base + path;
  if (has("BASE_URL") || has("PUBLIC_URL") || has("SERVER_URL")) return base;
  if (has("LISTEN") || has("ADDR")) return "127.0.0.1:${port}";
  if (has("PORT")) return "${port}";
  if (has("HOST") || has("BIND")) return "127.0.0.1";
  if (variable == "KEYS" || variable.ends_with("KEYS_FILE")) return "${keys}";
  if (variable.ends_with("DATA_DIR") || variable.ends_with("DATA_DIRECTORY")) return "${directory}";
  if (variable.ends_with("_DB") || variable.ends_with("DB_PATH") || variable.ends_with("DB_FILE"))
    return "${directory}/store.db";
  return "";
}

LaterValue GuessLaterValue(const std::string& variable, const std::vector<InitHints>& hints) {
  const auto has = [&](const char* part) { return variable.find(part) != std::string::npos; };
  const auto ask = [&](bool by_address) -> std::optional<LaterValue> {
    for (const InitHints& one : hints) {
      if (!one.value || one.by_address != by_address) continue;
      const std::optional<std::string> value = one.value(variable);
      if (value) return value->empty() ? LaterValue() : LaterValue{.value = *value, .component = one.component};
    }
    return {};
  };
  if (const auto found = ask(false)) return *found;
  const bool address = has("ADDR") || has("URL") || has("URI") || has("ENDPOINT") || has("HOST");
  if (!address || has("CALLBACK") || has("REDIRECT") || has("PROXY") || !GuessValue(variable, "", hints).empty())
    return {};
  if (const auto found = ask(true)) return *found;
  return {.value = "", .component = "upstream"};
}

std::string KeyHeaderIn(const std::string& text) {
  // Not what browsers, proxies and telemetry send along.
  static const std::regex kForm(
      "\\b(X-(?:[A-Za-z]+-){0,2}(?:API-?Key|Auth-Key|Access-Key|Key|API-?Token|Auth-Token|Access-Token)|API-Key)\\b",
      std::regex::icase);
  std::string header;
  SearchInPieces(text, kForm, [&](const std::cmatch& found) {
    header = found[1].str();
    return false;
  });
  return header;
}

bool GuessCarriesCredential(const std::string& variable) {
  if (variable.find("URL") != std::string::npos || variable.find("ENDPOINT") != std::string::npos) return false;
  return variable == "TOKEN" || variable.ends_with("_TOKEN") || variable == "KEY" || variable.ends_with("API_KEY") ||
         variable.ends_with("ACCESS_KEY");
}

}  // namespace iff
