#include "harness/publish/leak_gate.h"

#include <charconv>
#include <cstdint>
#include <set>

#include "harness/core/printable.h"

namespace iff {
namespace {

constexpr int kDeepest = 6;  // escapes in escapes: a JSON text in a JSON text in a message in a JSON file

void AppendUtf8(uint32_t point, std::string& out) {
  const auto add = [&out](uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | (point >> 6));
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | (point >> 12));
    add(0x80 | ((point >> 6) & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | (point >> 18));
    add(0x80 | ((point >> 12) & 0x3F));
    add(0x80 | ((point >> 6) & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

bool Number(std::string_view digits, int base, uint32_t& number) {
  const std::from_chars_result end = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  return !digits.empty() && end.ec == std::errc() && end.ptr == digits.data() + digits.size() && number <= 0x10FFFF;
}

// The letter that a character reference at the start of `text` stands for; answers its length, 0 for none.
size_t TakeReference(std::string_view text, std::string& out) {
  const size_t end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos) return 0;
  const std::string_view name = text.substr(1, end - 1);
  uint32_t point = 0;
  if (name.starts_with("#x") || name.starts_with("#X")) {
    if (!Number(name.substr(2), 16, point)) return 0;
    AppendUtf8(point, out);
  } else if (name.starts_with("#")) {
    if (!Number(name.substr(1), 10, point)) return 0;
    AppendUtf8(point, out);
  } else if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos") {
    out += name == "amp" ? '&' : name == "lt" ? '<' : name == "gt" ? '>' : name == "quot" ? '"' : '\'';
  } else {
    return 0;
  }
  return end + 1;
}

// The same for a backslash.
size_t TakeEscape(std::string_view text, std::string& out) {
  if (text.size() < 2) return 0;
  uint32_t point = 0;
  if (text[1] == 'u' && text.size() >= 6 && Number(text.substr(2, 4), 16, point)) {
    uint32_t low = 0;
    const bool pair = point >= 0xD800 && point < 0xDC00 && text.size() >= 12 && text.substr(6, 2) == "\\u" &&
                      Number(text.substr(8, 4), 16, low) && low >= 0xDC00 && low < 0xE000;
    AppendUtf8(pair ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00) : point, out);
    return pair ? 12 : 6;
  }
  constexpr std::string_view kNamed = "nrtbf";
  constexpr std::string_view kMeant = "\n\r\t\b\f";
  const size_t named = kNamed.find(text[1]);
  if (named == std::string_view::npos && static_cast<unsigned char>(text[1]) > 0x20 &&
      (text[1] < '0' || (text[1] > '9' && text[1] < 'A') || (text[1] > 'Z' && text[1] < 'a') || text[1] > 'z')) {
    out += text[1];  // before punctuation
    return 2;
  }
  if (named == std::string_view::npos) return 0;
  out += kMeant[named];
  return 2;
}

// Percent-encoding, of whatever letter.
size_t TakePercent(std::string_view text, std::string& out) {
  uint32_t byte = 0;
  if (text.size() < 3 || !Number(text.substr(1, 2), 16, byte)) return 0;
  out += static_cast<char>(static_cast<unsigned char>(byte));
  return 3;
}

// Escapes may stand in one another: HTML holds JSON.
std::string Unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const size_t next = at + WithoutEscapes(text.substr(at));
    out += text.substr(at, next - at);
    if (next == text.size()) break;
    const std::string_view rest = text.substr(next);
    size_t taken = rest[0] == '&'   ? TakeReference(rest, out)
                   : rest[0] == '%' ? TakePercent(rest, out)
                                    : TakeEscape(rest, out);
    if (taken == 0) {
      out += rest[0];
      taken = 1;
    }
    at = next + taken;
  }
  return out;
}

// Without white space: base64 is broken into lines by whoever writes mail or certificates.
std::string WithoutBreaks(std::string_view text) {
  std::string out(text.size(), '\0');
  // Each is written, and written over if it was one: no jump that nobody can foresee.
  char* end = out.data();
  for (const char c : text) {
    *end = c;
    end += static_cast<unsigned char>(c) > ' ' ? 1 : 0;
  }
  out.resize(static_cast<size_t>(end - out.data()));
  return out;
}

}  // namespace

std::vector<Redactor::Leak> FindLeaks(std::string_view text, const Redactor& redactor) {
  std::vector<Redactor::Leak> leaks = redactor.Scan(text);
  if (!leaks.empty()) return leaks;
  std::string plain(text);
  for (int depth = 0; depth < kDeepest; ++depth) {
    std::string plainer = Unescaped(plain);
    if (plainer == plain) break;
    plain = std::move(plainer);
    leaks = redactor.Scan(plain);
    if (!leaks.empty()) return leaks;
  }
  return redactor.Scan(WithoutBreaks(plain));
}

std::string Named(const std::vector<Redactor::Leak>& leaks) {
  std::set<std::string> names;
  for (const Redactor::Leak& leak : leaks) names.insert(leak.alias + " (" + leak.encoding + ")");
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace iff
