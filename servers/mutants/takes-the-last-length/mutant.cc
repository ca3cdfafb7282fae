#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams TakesTheLastLength() {
  return Tidying([](std::vector<std::string>& lines) {
    std::string last;
    std::erase_if(lines, [&](const std::string& line) {
      if (!IsField(line, "Content-Length")) return false;
      last = line.substr(line.find_last_of(":,+ ") + 1);
      return true;
    });
    if (!last.empty()) lines.push_back("Content-Length: " + last);
  });
}

}  // namespace iff
