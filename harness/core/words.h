// The words of a name, however it joins them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace iff {

// In small letters: "getNoteById", "get_note-by.id" and "get note by ID" -> get note by id. Letters and digits of ASCII
// alone stand in words.
std::vector<std::string> WordsOf(std::string_view name);

}  // namespace iff
