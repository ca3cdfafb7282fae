// Text of others as a person may look at it: what cannot be seen, or what a terminal or a page would obey,
// is spelled out. Foreign bytes get no say about the screen.
#pragma once

#include <string>
#include <string_view>

namespace iff {

// Control characters, marks of writing direction, separators and zero-width letters become "\x1b" and "\u202e", bytes
// that are no UTF-8 become U+FFFD, line ends and tabs a blank unless `lines` keeps them.
std::string Plain(std::string_view text, bool lines = false);

// Is this one letter among those that Plain spells out (line ends and tabs included)?
bool IsUnseen(std::string_view letter);

}  // namespace iff
