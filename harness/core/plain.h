// Text of others as a person may look at it: what cannot be seen, or what a terminal or a page would obey,
// is spelled out. Foreign bytes get no say about the screen.
#pragma once

#include <string>
#include <string_view>

namespace iff {

// Control characters, marks of writing direction, separators and zero-width letters become "\x1b" and "\u202e", bytes
// that are no UTF-8 become U+FFFD, line ends and tabs a blank unless `lines` keeps them. From DEL on they are spelled
// as JSON escapes them: a JSON document of Dump() or DumpPretty(), passed with `lines`, keeps its value.
std::string Plain(std::string_view text, bool lines = false);

// As Plain with `lines`, but colours of `painted` pass: SGR sequences of one parameter among 0, 1, 2, 31, 32 and 33.
// For text that paints itself and has made everything foreign in it plain.
std::string PlainButColours(std::string_view painted);

// `text` as one word of a command line that a POSIX shell reads back as this text and obeys nothing of: bare where it
// holds letters, digits and "@%+=:,./_-" alone, else in single quotes. NUL, which no argument can hold, is left out.
std::string ShellWord(std::string_view text);

// Is this one letter among those that Plain spells out (line ends and tabs included)?
bool IsUnseen(std::string_view letter);

}  // namespace iff
