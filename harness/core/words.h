// The words of a name, however it joins them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace iff {

// In small letters: "getNoteById", "get_note-by.id" and "get note by ID" -> get note by id. Letters and digits of ASCII
// alone stand in words.
std::vector<std::string> WordsOf(std::string_view name);

// Is what has the name a password, a key or a token? "password_policy" and "token_count" are about one, and are none.
bool NamesASecret(std::string_view name);
// Does a text, such as what a field of a form is called, speak of one?
bool SpeaksOfASecret(std::string_view text);

}  // namespace iff
