#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "harness/core/bytes.h"
#include "harness/net/http.h"
#include "harness/run/recording.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

constexpr size_t kBeginning = 4;                     // bytes; a shorter name would be found where nobody means it
constexpr int64_t kNear = int64_t{400} * 24 * 3600;  // a token may have been minted for some other year

// Of the first kBeginning bytes, which `text` has: 16 bits.
size_t MixedBeginning(std::string_view text) {
  uint32_t bytes = 0;
  static_assert(sizeof bytes == kBeginning);
  std::memcpy(&bytes, text.data(), sizeof bytes);
  return (bytes * 0x9E3779B1U) >> 16;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsWord(char c) { return IsDigit(c) || IsLetter(c) || c == '_' || c == '-'; }

// `shape` holds 9 for a digit and x for a hexadecimal digit; everything else stands for itself.
bool Fits(std::string_view text, size_t at, std::string_view shape) {
  if (at + shape.size() > text.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const char c = text[at + i];
    if (shape[i] == '9' ? !IsDigit(c) : shape[i] == 'x' ? !IsHex(c) : shape[i] != c) return false;
  }
  return true;
}

// How long the time that begins at `at` is; 0 if none does.
size_t TimeAt(std::string_view text, size_t at) {
  size_t end = 0;
  if (Fits(text, at, "9999-99-99T99:99:99") || Fits(text, at, "9999-99-99 99:99:99")) {
    end = at + 19;
    if (end < text.size() && text[end] == '.') {
      ++end;
      while (end < text.size() && IsDigit(text[end])) ++end;
    }
    if (end < text.size() && text[end] == 'Z') return end + 1 - at;
    if (Fits(text, end, "+99:99") || Fits(text, end, "-99:99")) return end + 6 - at;
    return end - at;
  }
  return 0;
}

size_t AddressAt(std::string_view text, size_t at) {
  for (const std::string_view host : {"127.0.0.1:", "localhost:"}) {
    if (!text.substr(at).starts_with(host)) continue;
    size_t end = at + host.size();
    while (end < text.size() && IsDigit(text[end])) ++end;
    if (end > at + host.size()) return end - at;
  }
  return 0;
}

size_t TokenAt(std::string_view text, size_t at) {
  if (!text.substr(at).starts_with("eyJ")) return 0;
  size_t dots = 0;
  size_t end = at;
  for (; end < text.size() && (IsWord(text[end]) || (text[end] == '.' && dots < 2)); ++end) {
    if (text[end] == '.') ++dots;
  }
  return dots == 2 ? end - at : 0;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Both cases in one piece of 20 or more, with a digit or two capitals in a row: a lease, a generated account.
bool IsRandomPiece(std::string_view piece) {
  if (piece.size() < 20) return false;
  bool upper = false;
  bool lower = false;
  bool telling = false;
  for (size_t i = 0; i < piece.size(); ++i) {
    upper = upper || IsUpper(piece[i]);
    lower = lower || (IsLetter(piece[i]) && !IsUpper(piece[i]));
    telling = telling || IsDigit(piece[i]) || (i > 0 && IsUpper(piece[i]) && IsUpper(piece[i - 1]));
  }
  return upper && lower && telling;
}

// Letters and digits in no order anybody would write them in: 16 or more that change kind three times at least. Names
// with a date or a version in them change less often.
bool IsOpaque(std::string_view word) {
  int changes = 0;
  int digits = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    if (IsDigit(word[i])) ++digits;
    if (i > 0 && IsDigit(word[i]) && IsLetter(word[i - 1])) ++changes;
    if (i > 0 && IsLetter(word[i]) && IsDigit(word[i - 1])) ++changes;
  }
  if (word.size() >= 16 && digits >= 3 && changes >= 3) return true;
  // Hexadecimal of that length is no word, however seldom it changes.
  if (word.size() >= 16 && digits >= 1 && std::all_of(word.begin(), word.end(), IsHex)) return true;
  for (size_t at = 0; at < word.size();) {
    const size_t end = std::min(word.size(), word.find_first_of("-_", at));
    if (IsRandomPiece(word.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

bool NearNow(int64_t number, int64_t now) {
  return (number > now - kNear && number < now + kNear) ||
         (number / 1000 > now - kNear && number / 1000 < now + kNear) ||
         (number / 1'000'000 > now - kNear && number / 1'000'000 < now + kNear);
}

// Members that are new on every run by their very meaning, however they look.
bool NamesAnId(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kEnds = {
      "correlation", "correlation_id", "correlationid", "request_id",   "requestid", "trace_id",
      "traceparent", "session_id",     "sessionid",     "requeststate", "jti",       "sid",
      "kid",         "page_token",     "cursor"};
  const std::string lower = LowerCase(name);
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return lower.ends_with(end); });
}

std::string Relative(int64_t seconds) {
  if (seconds == 0) return "{{time}}";
  return "{{time" + std::string(seconds > 0 ? "+" : "-") + std::to_string(seconds > 0 ? seconds : -seconds) + "s}}";
}

}  // namespace

Typing::Typing(std::vector<NamedText> names, int64_t now) : now_(now) {
  for (NamedText& named : names) {
    if (named.text.size() < kBeginning) continue;
    beginnings_.set(MixedBeginning(named.text));
    names_.try_emplace(std::move(named.text), std::move(named.name));
  }
}

// Of all that begin a text the longest is sorted last; what is sorted between it and the text shares less with the text
// than itself.
const Typing::Names::value_type* Typing::NameAt(std::string_view text) const {
  if (text.size() < kBeginning || !beginnings_.test(MixedBeginning(text))) return nullptr;
  while (text.size() >= kBeginning) {
    auto last = names_.upper_bound(text);
    if (last == names_.begin()) return nullptr;
    --last;
    if (text.starts_with(last->first)) return &*last;
    const auto parting = std::mismatch(last->first.begin(), last->first.end(), text.begin(), text.end()).first;
    text = text.substr(0, static_cast<size_t>(parting - last->first.begin()));
  }
  return nullptr;
}

std::string Typing::Text(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("{{")) {
      const size_t end = text.find("}}", at);
      if (end != std::string_view::npos) {
        out.append(text.substr(at, end + 2 - at));
        at = end + 2;
        continue;
      }
    }
    if (const auto* named = NameAt(rest); named != nullptr) {
      out.append("{{").append(named->second).append("}}");
      at += named->first.size();
      continue;
    }
    const bool begins = at == 0 || !(IsDigit(text[at - 1]) || IsLetter(text[at - 1]));
    size_t size = 0;
    if (!begins) {
      out += text[at++];
      continue;
    }
    if ((size = TimeAt(text, at)) > 0) {
      out += "{{time}}";
    } else if ((size = AddressAt(text, at)) > 0) {
      out += "{{address}}";
    } else if ((size = TokenAt(text, at)) > 0) {
      out += "{{token}}";
    } else if (Fits(text, at, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")) {
      size = 36;
      out += "{{id}}";
    } else {
      while (at + size < text.size() && IsWord(text[at + size])) ++size;
      const std::string_view word = text.substr(at, size);
      const bool number = (size == 10 || size == 13 || size == 16) && std::all_of(word.begin(), word.end(), IsDigit);
      // A word may hold a name of ours; then it is not taken as a whole.
      bool holds_name = false;
      for (size_t i = 0; i < word.size() && !holds_name; ++i) holds_name = NameAt(word.substr(i)) != nullptr;
      if (number && NearNow(std::stoll(std::string(word)), now_)) {
        out += "{{time}}";
      } else if (!holds_name && IsOpaque(word)) {
        out += "{{id}}";
      } else {
        // Up to the next place where something can begin.
        size = std::max<size_t>(1, size);
        const size_t next = word.find_first_of("_-");
        if (next != std::string_view::npos) size = next + 1;
        if (holds_name) size = 1;
        out.append(text.substr(at, size));
      }
    }
    at += size;
  }
  return out;
}

Json Typing::Member(const std::string& name, const Json& value) const {
  if (value.is_string() && value.get_ptr<const std::string*>()->size() >= 6 && NamesAnId(name)) return "{{id}}";
  return Value(value);
}

Json Typing::Value(const Json& value) const {
  if (const auto* text = value.get_ptr<const std::string*>()) {
    if (text->starts_with("{\"") || text->starts_with("[")) {
      const Result<Json> inner = ParseJson(*text);
      if (inner.ok() && inner->is_structured()) return Json{{"{{json}}", Value(*inner)}};
    }
    // A certificate, or a key written out.
    const bool bytes = text->size() >= 100 && std::all_of(text->begin(), text->end(), [](char c) {
                         return IsWord(c) || c == '+' || c == '/' || c == '=';
                       });
    if (bytes) return "{{bytes}}";
    return Text(*text);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<int64_t>();
    return NearNow(number, now_) ? Json("{{time}}") : value;
  }
  if (value.is_number_float()) {  // some attacks write times so
    const double number = value.get<double>();
    return number > 1e9 && number < 1e17 && NearNow(static_cast<int64_t>(number), now_) ? Json("{{time}}") : value;
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(Value(item));
    return list;
  }
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [name, member] : value.items()) object[Text(name)] = Member(name, member);
    return object;
  }
  return value;
}

Json Typing::Token(const Json& decoded) const {
  Json header = AtOr<Json>(decoded, "/header", Json::object());
  Json claims = AtOr<Json>(decoded, "/claims", Json::object());
  const int64_t issued = AtOr<int64_t>(claims, "/iat", now_);
  Json typed = Json::object();
  if (claims.is_object()) {
    for (const auto& [name, member] : claims.items()) {
      const bool date = name == "exp" || name == "nbf";
      // Minted for years to come, but still from now on: that it is a time is all that stays.
      const int64_t far = AtOr<int64_t>(member, "", 0);
      if (date && !NearNow(far, now_) && far > now_ - 30 * kNear && far < now_ + 30 * kNear) {
        typed[name] = "{{time}}";
      } else if (date && member.is_number_integer() && NearNow(member.get<int64_t>(), now_)) {
        typed[name] = Relative(member.get<int64_t>() - issued);
      } else {
        typed[name] = Member(name, member);
      }
    }
  }
  return {{"header", Value(header)}, {"claims", typed}};
}

}  // namespace iff
