// Text that needs no second look, told eight bytes at a time: on every request some kilobytes are asked for it.
#pragma once

#include <cstddef>
#include <string_view>

namespace iff {

// How many bytes at the beginning of `text` are neither control characters (0x00 to 0x1f) nor DEL. Bytes from 0x80 on
// count as well.
size_t WithoutControls(std::string_view text);

// A byte of ASCII text: a blank, a visible character, a tab or an end of a line.
inline bool IsTextByte(char c) { return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r'; }

// Only blanks and visible ASCII: 0x20 to 0x7e.
bool IsPrintable(std::string_view text);

// The same, and nothing that JSON escapes: no quote, no backslash.
bool IsPlainJsonText(std::string_view text);

// How many bytes at its beginning begin no escape of any form we write: no '&', no '\\', no '%'.
size_t WithoutEscapes(std::string_view text);

}  // namespace iff
