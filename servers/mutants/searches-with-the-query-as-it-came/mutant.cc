#include <string>

#include "servers/http/seams.h"

namespace iff {

namespace {

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

Seams SearchesWithTheQueryAsItCame() {
  Seams seams;
  seams.on_upstream_request = [](HttpRequest& request, const Caller&, const Credential&) {
    if (request.target.find("/search/") == std::string::npos) return;
    Replace(request.target, "%26", "&");
    Replace(request.target, "%3D", "=");
  };
  return seams;
}

}  // namespace iff
