#include "harness/run/fill.h"

namespace iff {
namespace {

// "{own.item}" and nothing else: what the target called it, as it called it.
const Json* Whole(const std::string& text, const std::string& prefix, const Principal* principal) {
  if (principal == nullptr) return nullptr;
  for (const auto& [name, value] : principal->items) {
    if (text == "{" + prefix + "." + name + "}") return &value;
  }
  return nullptr;
}

std::string Fill(std::string text, const Principal* own, const Principal* of, const std::string& upstream,
                 const std::string& free_text) {
  const auto replace = [&text](const std::string& from, const std::string& to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  };
  const auto fill = [&](const std::string& prefix, const Principal* principal) {
    if (principal == nullptr) return;
    replace("{" + prefix + ".tag}", principal->tag);
    replace("{" + prefix + ".id}", principal->id);
    replace("{" + prefix + ".name}", principal->name);
    const auto account = principal->accounts.find(upstream);
    replace("{" + prefix + ".account}", account == principal->accounts.end() ? principal->name : account->second.login);
    for (const auto& [name, value] : principal->items) {
      replace("{" + prefix + "." + name + "}", Unquoted(value));
    }
  };
  fill("own", own);
  fill("of", of);
  replace("{text}", free_text);
  return text;
}

}  // namespace

Json FillAll(Json value, const Principal* own, const Principal* of, const std::string& upstream,
             const std::string& free_text) {
  if (of == nullptr) of = own;
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    const Json* whole = Whole(text, "own", own);
    if (whole == nullptr) whole = Whole(text, "of", of);
    return whole != nullptr ? *whole : Json(Fill(text, own, of, upstream, free_text));
  }
  if (value.is_structured()) {
    for (auto& item : value.items()) item.value() = FillAll(item.value(), own, of, upstream, free_text);
  }
  return value;
}

Result<std::map<std::string, Json>> Given(const Operation& operation, const McpAnswer& answer) {
  // Structured content where there is any, and the text that stands for it in older revisions.
  std::vector<Json> documents;
  if (const Json* structured = Find(answer.message, "/result/structuredContent")) documents.push_back(*structured);
  for (const Json& block : AtOr<Json>(answer.message, "/result/content", Json::array())) {
    const Result<Json> parsed = ParseJson(AtOr<std::string>(block, "/text", ""));
    if (parsed.ok()) documents.push_back(*parsed);
  }
  std::map<std::string, Json> given;
  for (const auto& [name, pointer] : operation.captures) {
    for (const Json& document : documents) {
      const Json* found = Find(document, pointer);
      if (found == nullptr || found->is_structured() || found->is_null()) continue;
      given[name] = *found;
      break;
    }
    if (!given.contains(name)) {
      return Error(ErrorKind::kProtocol, "the answer of " + operation.tool + " has nothing at " + pointer +
                                             ", which is to be '" + name + "'");
    }
  }
  return given;
}

Json Timed(Json changes, int64_t now_seconds) {
  for (auto& [key, value] : changes.items()) {
    if (!value.is_string()) continue;
    const std::string& text = value.get_ref<const std::string&>();
    if (text.size() < 3 || (text[0] != '+' && text[0] != '-') || text.back() != 's') continue;
    const std::string digits = text.substr(1, text.size() - 2);
    if (digits.size() > 12 || digits.find_first_not_of("0123456789") != std::string::npos) continue;
    const int64_t span = std::stoll(digits);
    value = now_seconds + (text[0] == '+' ? span : -span);
  }
  return changes;
}

}  // namespace iff
