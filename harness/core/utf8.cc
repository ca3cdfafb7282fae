#include "harness/core/utf8.h"

namespace iff {

std::string_view FirstLetter(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return text.substr(0, 1);
  size_t size = 0;
  if (first >= 0xC2 && first <= 0xDF) size = 2;
  if (first >= 0xE0 && first <= 0xEF) size = 3;
  if (first >= 0xF0 && first <= 0xF4) size = 4;
  if (size == 0 || text.size() < size) return {};
  for (size_t i = 1; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return {};
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool too_large = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || too_large ? std::string_view() : text.substr(0, size);
}

uint32_t CodePoint(std::string_view letter) {
  const auto byte = [&letter](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(letter[i])); };
  if (letter.size() == 1) return byte(0);
  uint32_t point = byte(0) & (0x7FU >> letter.size());
  for (size_t i = 1; i < letter.size(); ++i) point = (point << 6) | (byte(i) & 0x3FU);
  return point;
}

std::string_view WholeLetters(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  size_t end = size;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace iff
