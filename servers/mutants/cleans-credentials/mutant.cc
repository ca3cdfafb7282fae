#include <algorithm>
#include <string>
#include <vector>

#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams CleansCredentials() {
  return Tidying([](std::vector<std::string>& lines) {
    for (std::string& line : lines) {
      if (!IsField(line, "Authorization")) continue;
      std::replace(line.begin(), line.end(), '\t', ' ');
      std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
      const size_t token = line.find(' ', line.find(' ') + 1) + 1;
      line.resize(std::min(line.size(), line.find(' ', token)));
    }
  });
}

}  // namespace iff
