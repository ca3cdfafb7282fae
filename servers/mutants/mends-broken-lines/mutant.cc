#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams MendsBrokenLines() {
  return Tidying(
      [](std::vector<std::string>& lines) {
        for (std::string& line : lines) {
          for (const char* odd : {"\r\n ", "\r", "\n"}) {
            for (size_t at = line.find(odd); at != std::string::npos; at = line.find(odd))
              line.replace(at, std::strlen(odd), " ");
          }
          std::replace(line.begin(), line.end(), '\0', ' ');
          if (const size_t blank = line.find(" :"); blank != std::string::npos) line.erase(blank, 1);
        }
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
      },
      [](std::string& body) {
        if (body.starts_with("0x")) body.erase(0, 2);
      });
}

}  // namespace iff
