// std::regex in texts of others. It calls itself once for each letter that a repetition takes: some tens of thousands
// of letters in one word end the process. So a text is searched in pieces.
#pragma once

#include <algorithm>
#include <regex>
#include <string_view>

namespace iff {

// Calls `found` (bool(const std::cmatch&); false ends the search) for each match, in order. What is longer than the
// overlap of two pieces, 1 KiB, may be found shortened or not at all; what lies in an overlap may be found twice.
template <class Found>
void SearchInPieces(std::string_view text, const std::regex& form, const Found& found) {
  constexpr size_t kPiece = 4096;
  constexpr size_t kOverlap = 1024;
  for (size_t begin = 0;; begin += kPiece - kOverlap) {
    const size_t size = std::min(kPiece, text.size() - begin);
    const bool last = begin + size == text.size();
    const char* const from = text.data() + begin;
    const auto flags = begin == 0 ? std::regex_constants::match_default : std::regex_constants::match_prev_avail;
    for (std::cregex_iterator one(from, from + size, form, flags), none; one != none; ++one) {
      // What ends where the piece does may go on: the next piece shows it whole if it shows its beginning.
      const auto at = static_cast<size_t>(one->position());
      const bool cut = !last && at + static_cast<size_t>(one->length()) == size && at >= kPiece - kOverlap;
      if (!cut && !found(*one)) return;
    }
    if (last) return;
  }
}

}  // namespace iff
