#include "servers/http/seams.h"

namespace iff {

Seams TakesAnyHost() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (request.headers.Get("Host").find("evil") == std::string::npos) return;
    request.headers.Set("Host", "localhost");
  };
  return seams;
}

}  // namespace iff
