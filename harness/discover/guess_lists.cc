// What a server's resources and prompts may be asked with, and what nobody could guess of all it lists.
#include <algorithm>
#include <cctype>
#include <functional>

#include "harness/core/yaml_text.h"
#include "harness/discover/guess.h"

namespace iff {
namespace {

std::string NameOf(const Json& one, const char* member) { return AtOr<std::string>(one, member, ""); }

// A name a project file may use: "notes://{id}" -> "notes_id"; one that is taken gets a number.
std::string KeyFor(const std::string& name, const std::vector<GuessedOperation>& taken) {
  std::string key;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0)
      key += static_cast<char>(std::tolower(letter));
    else if (!key.empty() && key.back() != '_')
      key += '_';
  }
  while (!key.empty() && key.back() == '_') key.pop_back();
  if (key.empty() || std::isdigit(static_cast<unsigned char>(key.front())) != 0) key = "its_" + key;
  const auto is_taken = [&](const std::string& wanted) {
    return std::any_of(taken.begin(), taken.end(), [&](const GuessedOperation& one) { return one.name == wanted; });
  };
  std::string unique = key;
  for (int number = 2; is_taken(unique); ++number) unique = key + "_" + std::to_string(number);
  return unique;
}

// "notes://{id}" with what is in braces replaced; "" if that is not exactly one.
std::string WithOne(const std::string& uri_template, const std::string& value) {
  const size_t begin = uri_template.find('{');
  const size_t end = uri_template.find('}', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos || uri_template.find('{', end) != std::string::npos)
    return "";
  return uri_template.substr(0, begin) + value + uri_template.substr(end + 1);
}

bool FitsAny(const std::string& uri, const Json& templates) {
  if (!templates.is_array()) return false;
  return std::any_of(templates.begin(), templates.end(), [&](const Json& one) {
    const std::string pattern = NameOf(one, "/uriTemplate");
    const size_t begin = pattern.find('{');
    const size_t end = pattern.rfind('}');
    if (begin == std::string::npos || end == std::string::npos) return uri == pattern;
    const std::string before = pattern.substr(0, begin);
    const std::string after = pattern.substr(end + 1);
    return uri.size() > before.size() + after.size() && uri.starts_with(before) && uri.ends_with(after);
  });
}

// Tools it does nothing with for want of a word: what stands among the operations then.
std::string ToolEntry(const Json& tool) {
  std::string arguments;
  const bool changes = Changes(tool);
  const Json likely = LikelyArguments(tool);
  for (const auto& [name, value] : likely.items()) {
    // Only words of ours stand there: the server's are names.
    const bool said = value != "...";
    arguments += (arguments.empty() ? "" : ", ") + YamlScalar(name) + ": " +
                 (said ? "\"" + value.get<std::string>() + "\"" : "...");
  }
  return "{tool: " + YamlScalar(NameOf(tool, "/name")) + ", arguments: {" + arguments + "}" +
         (changes ? ", changes: true" : "") + "}";
}

std::string PromptEntry(const Json& prompt) {
  std::string arguments;
  for (const Json& one : AtOr<Json>(prompt, "/arguments", Json::array())) {
    arguments += (arguments.empty() ? "" : ", ") + YamlScalar(NameOf(one, "/name")) + ": ...";
  }
  return "{prompt: " + YamlScalar(NameOf(prompt, "/name")) + ", arguments: {" + arguments + "}}";
}

bool AskedBy(const std::vector<GuessedOperation>& operations, const std::string& name) {
  return std::any_of(operations.begin(), operations.end(),
                     [&](const GuessedOperation& one) { return one.operation.tool == name; });
}

void ForEach(const Json& listed, const std::function<void(const Json&)>& act) {
  if (!listed.is_array()) return;
  for (const Json& one : listed) act(one);
}

}  // namespace

std::vector<LeftOut> NotGuessed(const Json& tools, const std::vector<GuessedOperation>& operations) {
  std::vector<LeftOut> left;
  ForEach(tools, [&](const Json& tool) {
    const std::string name = NameOf(tool, "/name");
    if (!name.empty() && !AskedBy(operations, name)) left.push_back({name, "operations", ToolEntry(tool)});
  });
  return left;
}

std::vector<GuessedOperation> GuessResources(const Listing& listing, const std::string& made) {
  std::vector<GuessedOperation> guessed;
  const auto guess = [&](const std::string& uri, const std::string& named, const std::string& why) {
    if (AskedBy(guessed, uri)) return;
    guessed.push_back(
        {.name = KeyFor(named, guessed), .operation = {.tool = uri, .method = "resources/read"}, .why = why});
  };
  ForEach(listing.templates, [&](const Json& one) {
    const std::string pattern = NameOf(one, "/uriTemplate");
    const std::string name = NameOf(one, "/name");
    const std::string uri = made.empty() ? "" : WithOne(pattern, "{of.thing}");
    if (!uri.empty()) guess(uri, name.empty() ? pattern : name, "its template " + pattern + " wants one thing");
  });
  ForEach(listing.resources, [&](const Json& one) {
    const std::string uri = NameOf(one, "/uri");
    const std::string name = NameOf(one, "/name");
    if (uri.empty() || FitsAny(uri, listing.templates) || HoldsPlaceholder(uri)) return;
    const size_t at = made.empty() ? std::string::npos : uri.find(made);
    if (at == std::string::npos) return guess(uri, name.empty() ? uri : name, "it is listed under this name");
    guess(uri.substr(0, at) + "{of.thing}" + uri.substr(at + made.size()), uri.substr(0, at) + "thing",
          "what was made is in its name");
  });
  return guessed;
}

std::vector<GuessedOperation> GuessPrompts(const Listing& listing, const std::string& made) {
  std::vector<GuessedOperation> guessed;
  ForEach(listing.prompts, [&](const Json& one) {
    const std::string name = NameOf(one, "/name");
    Json arguments = Json::object();
    std::string wanted;
    ForEach(AtOr<Json>(one, "/arguments", Json::array()), [&](const Json& argument) {
      if (!AtOr<bool>(argument, "/required", false)) return;
      wanted += (wanted.empty() ? "" : ", ") + NameOf(argument, "/name");
      arguments[NameOf(argument, "/name")] = "{of.thing}";
    });
    if (name.empty() || HoldsPlaceholder(name) || arguments.size() > 1 || (arguments.size() == 1 && made.empty()))
      return;
    guessed.push_back({.name = KeyFor(name, guessed),
                       .operation = {.tool = name, .arguments = arguments, .method = "prompts/get"},
                       .why = wanted.empty() ? "it wants nothing" : "'" + wanted + "' is all it wants"});
  });
  return guessed;
}

std::vector<LeftOut> NotGuessed(const Listing& listing, const std::vector<GuessedOperation>& resources,
                                const std::vector<GuessedOperation>& prompts) {
  std::vector<LeftOut> left;
  ForEach(listing.templates, [&](const Json& one) {
    const std::string pattern = NameOf(one, "/uriTemplate");
    if (pattern.empty() || AskedBy(resources, WithOne(pattern, "{of.thing}"))) return;
    left.push_back({pattern, "resources", "{uri: " + YamlScalar(pattern) + "}"});
  });
  ForEach(listing.resources, [&](const Json& one) {
    const std::string uri = NameOf(one, "/uri");
    const bool asked = std::any_of(resources.begin(), resources.end(), [&](const GuessedOperation& each) {
      return each.operation.tool == uri || FitsAny(uri, Json::array({{{"uriTemplate", each.operation.tool}}}));
    });
    if (!uri.empty() && !asked) left.push_back({uri, "resources", "{uri: " + YamlScalar(uri) + "}"});
  });
  ForEach(listing.prompts, [&](const Json& one) {
    const std::string name = NameOf(one, "/name");
    if (!name.empty() && !AskedBy(prompts, name)) left.push_back({name, "prompts", PromptEntry(one)});
  });
  return left;
}

}  // namespace iff
