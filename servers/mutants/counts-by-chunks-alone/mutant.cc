#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams CountsByChunksAlone() {
  return Tidying([](std::vector<std::string>& lines) {
    const auto chunked = [](const std::string& line) { return line == "Transfer-Encoding: chunked"; };
    if (std::none_of(lines.begin(), lines.end(), chunked)) return;
    std::erase_if(lines, [](const std::string& line) { return IsField(line, "Content-Length"); });
  });
}

}  // namespace iff
