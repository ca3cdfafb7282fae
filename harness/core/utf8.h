// Just enough UTF-8 to write what others sent into documents that must be valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace iff {

// The well-formed UTF-8 sequence `text` begins with (RFC 3629: no surrogates, nothing overlong, up
// to U+10FFFF); empty if it begins with none.
std::string_view FirstLetter(std::string_view text);

// REQUIRES: `letter` is one that FirstLetter answers.
uint32_t CodePoint(std::string_view letter);

// The longest beginning of at most `size` bytes that does not end inside a sequence.
std::string_view WholeLetters(std::string_view text, size_t size);

}  // namespace iff
