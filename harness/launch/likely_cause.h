// Why a start probably failed, from what the process logged last.
#pragma once

#include <string_view>

namespace iff {

// A sentence that says what to do about it, or "" when nothing in the log is telling.
std::string_view LikelyCause(std::string_view log_tail);

}  // namespace iff
