#include "harness/core/printable.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace iff {
namespace {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

constexpr uint64_t InEach(unsigned char byte) { return kOnes * byte; }

uint64_t EightBytes(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The high bit of each byte that is zero; of those above the first one it may be wrong.
uint64_t ZeroBytes(uint64_t word) { return (word - kOnes) & ~word & kHighs; }

// The high bit of each byte below 0x20 or equal to 0x7f; of those above the first one it may be wrong.
uint64_t ControlBytes(uint64_t word) {
  return ((word - InEach(0x20)) & ~word & kHighs) | ZeroBytes(word ^ InEach(0x7f));
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// True if no byte of `text` has a bit set that `marks` sets for its word, by eights; what is left over is padded with
// harmless letters.
template <class Marks>
bool NoneMarked(std::string_view text, const Marks& marks) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    if (marks(EightBytes(text.data() + i)) != 0) return false;
  }
  if (i == text.size()) return true;
  char rest[8] = {'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'};
  std::memcpy(rest, text.data() + i, text.size() - i);
  return marks(EightBytes(rest)) == 0;
}

}  // namespace

size_t WithoutControls(std::string_view text) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    const uint64_t marks = ControlBytes(EightBytes(text.data() + i));
    if (marks != 0) return i + static_cast<size_t>(std::countr_zero(marks)) / 8;
  }
  while (i < text.size() && !IsControl(text[i])) ++i;
  return i;
}

size_t WithoutEscapes(std::string_view text) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    const uint64_t word = EightBytes(text.data() + i);
    const uint64_t marks =
        ZeroBytes(word ^ InEach('&')) | ZeroBytes(word ^ InEach('\\')) | ZeroBytes(word ^ InEach('%'));
    if (marks != 0) return i + static_cast<size_t>(std::countr_zero(marks)) / 8;
  }
  while (i < text.size() && text[i] != '&' && text[i] != '\\' && text[i] != '%') ++i;
  return i;
}

bool IsPrintable(std::string_view text) {
  return NoneMarked(text, [](uint64_t word) { return ControlBytes(word) | (word & kHighs); });
}

bool IsPlainJsonText(std::string_view text) {
  return NoneMarked(text, [](uint64_t word) {
    return ControlBytes(word) | (word & kHighs) | ZeroBytes(word ^ InEach('"')) | ZeroBytes(word ^ InEach('\\'));
  });
}

}  // namespace iff
