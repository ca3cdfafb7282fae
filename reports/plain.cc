#include "reports/plain.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "reports/utf8.h"

namespace iff {
namespace {

// REQUIRES: `letter` is one well-formed letter.
uint32_t CodePoint(std::string_view letter) {
  const auto byte = [&letter](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(letter[i])); };
  if (letter.size() == 1) return byte(0);
  uint32_t point = byte(0) & (0x7FU >> letter.size());
  for (size_t i = 1; i < letter.size(); ++i) point = (point << 6) | (byte(i) & 0x3FU);
  return point;
}

bool IsUnseen(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x61C || (point >= 0x200B && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

}  // namespace

bool IsUnseen(std::string_view letter) { return !letter.empty() && IsUnseen(CodePoint(letter)); }

std::string Plain(std::string_view text, bool lines) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::string_view letter = FirstLetter(text);
    text.remove_prefix(std::max<size_t>(letter.size(), 1));
    if (letter.empty()) {
      plain += "\xEF\xBF\xBD";
    } else if (letter == "\n" || letter == "\t") {
      plain += lines ? letter[0] : ' ';
    } else if (const uint32_t point = CodePoint(letter); IsUnseen(point)) {
      char spelled[12];
      std::snprintf(spelled, sizeof spelled, point < 0x80 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(point));
      plain += spelled;
    } else {
      plain += letter;
    }
  }
  return plain;
}

}  // namespace iff
