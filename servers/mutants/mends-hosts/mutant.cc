#include "servers/http/seams.h"
#include "servers/mutants/heads.h"

namespace iff {

Seams MendsHosts() {
  return Tidying([](std::vector<std::string>& lines) {
    if (const size_t elsewhere = lines[0].find(" http://evil.example/"); elsewhere != std::string::npos)
      lines[0].erase(elsewhere + 1, 19);
    std::vector<std::string> hosts;
    std::erase_if(lines,
                  [&](const std::string& line) { return IsField(line, "Host") && (hosts.push_back(line), true); });
    std::string host = hosts.empty() ? "Host: localhost" : hosts.front();
    if (const size_t blank = host.find(' ', 6); blank != std::string::npos) host.resize(blank);
    lines.push_back(host);
  });
}

}  // namespace iff
