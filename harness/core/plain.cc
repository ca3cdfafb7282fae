#include "harness/core/plain.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "harness/core/utf8.h"

namespace iff {
namespace {

struct Range {
  uint32_t first = 0;
  uint32_t last = 0;
};
// Control characters (Cc); format characters (Cf), among them those of writing direction, tags and what interlinear
// notes are made of; separators of lines and paragraphs; letters without a width of their own that stand for nothing.
constexpr std::array<Range, 19> kUnseen = {{{0x00, 0x1F},
                                            {0x7F, 0x9F},
                                            {0xAD, 0xAD},
                                            {0x34F, 0x34F},
                                            {0x61C, 0x61C},
                                            {0x115F, 0x1160},
                                            {0x17B4, 0x17B5},
                                            {0x180B, 0x180F},
                                            {0x200B, 0x200F},
                                            {0x2028, 0x202E},
                                            {0x2060, 0x206F},
                                            {0x3164, 0x3164},
                                            {0xFEFF, 0xFEFF},
                                            {0xFFA0, 0xFFA0},
                                            {0xFFF0, 0xFFFB},
                                            {0xFFFE, 0xFFFF},
                                            {0x13430, 0x1345F},
                                            {0x1D173, 0x1D17A},
                                            {0xE0000, 0xE0FFF}}};

bool IsUnseen(uint32_t point) {
  const auto* const range = std::find_if(kUnseen.begin(), kUnseen.end(), [&](Range one) { return point <= one.last; });
  return range != kUnseen.end() && point >= range->first;
}

// As JSON escapes it; what JSON never holds bare is shorter.
std::string Spelled(uint32_t point) {
  char text[16];
  if (point > 0xFFFF) {
    const uint32_t rest = point - 0x10000;
    std::snprintf(text, sizeof text, "\\u%04x\\u%04x", static_cast<unsigned>(0xD800 + (rest >> 10)),
                  static_cast<unsigned>(0xDC00 + (rest & 0x3FF)));
  } else {
    std::snprintf(text, sizeof text, point < 0x20 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(point));
  }
  return text;
}

bool IsPlainByte(char c) { return c >= 0x20 && c < 0x7F; }

// How long an SGR sequence of one parameter of ours `text` begins with is; 0 for none.
size_t ColourAt(std::string_view text) {
  for (const std::string_view colour : {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m"}) {
    if (text.starts_with(colour)) return colour.size();
  }
  return 0;
}

std::string Spell(std::string_view text, bool lines, bool colours) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto* const odd = std::find_if_not(text.begin(), text.end(), IsPlainByte);
    plain.append(text.begin(), odd);
    text.remove_prefix(static_cast<size_t>(odd - text.begin()));
    if (text.empty()) break;
    if (const size_t colour = colours ? ColourAt(text) : 0; colour > 0) {
      plain += text.substr(0, colour);
      text.remove_prefix(colour);
      continue;
    }
    const std::string_view letter = FirstLetter(text);
    text.remove_prefix(std::max<size_t>(letter.size(), 1));
    if (letter.empty()) {
      plain += "\xEF\xBF\xBD";
    } else if (letter == "\n" || letter == "\t") {
      plain += lines ? letter[0] : ' ';
    } else if (const uint32_t point = CodePoint(letter); IsUnseen(point)) {
      plain += Spelled(point);
    } else {
      plain += letter;
    }
  }
  return plain;
}

}  // namespace

bool IsUnseen(std::string_view letter) { return !letter.empty() && IsUnseen(CodePoint(letter)); }

std::string Plain(std::string_view text, bool lines) { return Spell(text, lines, false); }

std::string PlainButColours(std::string_view painted) { return Spell(painted, true, true); }

std::string ShellWord(std::string_view text) {
  const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("@%+=:,./_-").find(c) != std::string_view::npos;
  });
  if (bare) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else if (c != '\0') {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace iff
