#include "harness/core/escapes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/bytes.h"

namespace iff {
namespace {

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | ((code >> 18) & 0x07));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::optional<uint32_t> HexNumber(std::string_view digits) {
  uint32_t number = 0;
  for (const char c : digits) {
    const int value = HexValue(c);
    if (value < 0) return {};
    number = (number << 4) | static_cast<uint32_t>(value);
  }
  return number;
}

}  // namespace

std::string DecodeSextets(std::string_view run) {
  std::string bytes;
  bytes.reserve(run.size() * 3 / 4);
  uint32_t pending = 0;
  int bits = 0;
  for (const char c : run) {
    pending = (pending << 6) | static_cast<uint32_t>(Sextet(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((pending >> bits) & 0xFF);
  }
  return bytes;
}

// "%41" and "+" of forms; nothing when there is no escape.
std::optional<std::string> UnescapeUrl(std::string_view text) {
  std::string out;
  bool any = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto code = text[i] == '%' && i + 2 < text.size() ? HexNumber(text.substr(i + 1, 2)) : std::nullopt;
    if (code) {
      out += static_cast<char>(*code);
      i += 2;
      any = true;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!any) return {};
  return out;
}

// Of JSON, JavaScript and logs: "\u0041", "\x41", "\/", "\n".
std::optional<std::string> UnescapeBackslashes(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return {};
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char kind = text[++i];
    const size_t digits = kind == 'u' ? 4 : kind == 'x' ? 2 : 0;
    const auto code = digits > 0 && i + digits < text.size() ? HexNumber(text.substr(i + 1, digits)) : std::nullopt;
    if (code) {
      // A byte written "\x9c" is that byte, a character written "\u009c" is two.
      if (kind == 'x') out += static_cast<char>(*code);
      if (kind == 'u') AppendUtf8(out, *code);
      i += digits;
    } else {
      constexpr std::string_view kNames = "nrtbf";
      constexpr std::string_view kMeant = "\n\r\t\b\f";
      const size_t at = kNames.find(kind);
      out += at == std::string_view::npos ? kind : kMeant[at];
    }
  }
  return out;
}

// Of XML and HTML: "&#65;", "&#x41;", "&amp;".
std::optional<std::string> UnescapeEntities(std::string_view text) {
  std::string out;
  bool any = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end =
        text[i] == '&' ? text.substr(0, std::min(text.size(), i + 12)).find(';', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[i];
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - i - 1);
    std::optional<uint32_t> code;
    if (name.starts_with("#x") || name.starts_with("#X")) {
      code = HexNumber(name.substr(2));
    } else if (name.starts_with("#") && name.size() > 1 && std::all_of(name.begin() + 1, name.end(), IsDigit)) {
      code = 0;
      for (const char c : name.substr(1)) code = *code * 10 + static_cast<uint32_t>(c - '0');
    } else {
      constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
          {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
      for (const auto& [known, meant] : kNamed) {
        if (name == known) code = static_cast<unsigned char>(meant);
      }
    }
    if (!code || *code > 0x10FFFF) {
      out += text[i];
      continue;
    }
    AppendUtf8(out, *code);
    i = end;
    any = true;
  }
  if (!any) return {};
  return out;
}

// Two characters for each byte of one text in UTF-16, whichever half comes first.
std::optional<std::string> Narrow(std::string_view text) {
  const auto zeros = static_cast<size_t>(std::count(text.begin(), text.end(), '\0'));
  if (zeros * 3 < text.size() || text.size() < kShortestHex) return {};
  std::string out(text);
  std::erase(out, '\0');
  return out;
}

// Lines put together again: what was folded, or written line by line.
std::optional<std::string> Unfold(std::string_view text) {
  if (text.find('\n') == std::string_view::npos && text.find('\r') == std::string_view::npos) return {};
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text[i] == '\n') {
      while (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t')) ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace iff
