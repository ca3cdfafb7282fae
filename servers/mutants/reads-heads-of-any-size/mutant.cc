#include <string>
#include <vector>

#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams ReadsHeadsOfAnySize() {
  Seams seams = Tidying([](std::vector<std::string>& lines) {
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("X-Note"); });
  });
  seams.adjust_listener = [inner = seams.adjust_listener](HttpServerOptions& listener) {
    if (inner) inner(listener);
    listener.header_limit = size_t{16} << 20;
  };
  return seams;
}

}  // namespace iff
