#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams CountsByLengthAlone() {
  return Tidying([](std::vector<std::string>& lines) {
    const auto length = [](const std::string& line) { return IsField(line, "Content-Length"); };
    if (std::none_of(lines.begin(), lines.end(), length)) return;
    std::erase_if(lines, [](const std::string& line) { return IsField(line, "Transfer-Encoding"); });
  });
}

}  // namespace iff
