#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams TripsOverOddFields() {
  return Tidying([](std::vector<std::string>& lines) {
    const bool odd = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return IsField(line, "Range") || IsField(line, "Upgrade") || IsField(line, "Expect") ||
             line == "Transfer-Encoding: chunked";
    });
    if (odd) lines[0].replace(0, lines[0].find(' '), "BREW");
  });
}

}  // namespace iff
