// What is done to texts in more than one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace iff {

std::string LowerCase(std::string_view text);                  // ASCII letters
std::vector<std::string> SplitWords(const std::string& text);  // at blanks, as a scope is (RFC 6749 section 3.3)
std::string WholeFile(const std::string& path);                // "" where it cannot be read

}  // namespace iff
