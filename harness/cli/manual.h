// The manual page, from the same table as --help.
#pragma once

#include <string>

namespace iff {

// In roff with the man macros, for `man ./docs/iff.1`. Says nothing of the machine or the day.
std::string ManualPage();

}  // namespace iff
