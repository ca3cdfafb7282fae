// How text is written in other letters: base64, hex, and the escapes of URLs, JSON, C and HTML. Decoding is generous,
// as that of unpack.h, which it is for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iff {

constexpr std::array<signed char, 256> MakeHexValues() {
  std::array<signed char, 256> values = {};
  for (signed char& value : values) value = -1;
  for (int i = 0; i < 16; ++i) {
    values[static_cast<size_t>("0123456789abcdef"[i])] = static_cast<signed char>(i);
    values[static_cast<size_t>("0123456789ABCDEF"[i])] = static_cast<signed char>(i);
  }
  return values;
}
inline constexpr std::array<signed char, 256> kHexValues = MakeHexValues();

// Of a digit of either case, or -1.
inline int HexValue(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

// The sextet of either alphabet, or -1.
constexpr std::array<signed char, 256> MakeSextets() {
  std::array<signed char, 256> values = {};
  for (signed char& value : values) value = -1;
  for (int i = 0; i < 26; ++i) {
    values[static_cast<size_t>('A' + i)] = static_cast<signed char>(i);
    values[static_cast<size_t>('a' + i)] = static_cast<signed char>(26 + i);
  }
  for (int i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = static_cast<signed char>(52 + i);
  values['+'] = values['-'] = 62;
  values['/'] = values['_'] = 63;
  return values;
}
inline constexpr std::array<signed char, 256> kSextets = MakeSextets();

inline int Sextet(char c) { return kSextets[static_cast<unsigned char>(c)]; }

// Of base64 in either alphabet, without its padding. REQUIRES: a sextet at each place.
std::string DecodeSextets(std::string_view run);
// Digits of hex: shorter runs hold no secret (six bytes are the shortest one).
inline constexpr size_t kShortestHex = 12;

// Each: nothing where the text has none of these.
std::optional<std::string> UnescapeUrl(std::string_view text);
std::optional<std::string> UnescapeBackslashes(std::string_view text);
std::optional<std::string> UnescapeEntities(std::string_view text);
std::optional<std::string> Narrow(std::string_view text);  // every other byte of it is none: UTF-16
std::optional<std::string> Unfold(std::string_view text);  // lines put together again

}  // namespace iff
