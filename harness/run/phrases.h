// Putting texts together. Pure: the judge uses it.
#pragma once

#include <string>
#include <vector>

namespace iff {

std::string WithCommas(const std::vector<std::string>& words);  // "a, b"
std::string ClippedLine(std::string text);                      // one line, of 160 bytes and "..." at most
std::string ReplaceAll(std::string text, const std::string& from, const std::string& to);  // "" is nowhere

}  // namespace iff
