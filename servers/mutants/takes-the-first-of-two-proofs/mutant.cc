#include "servers/http/seams.h"

namespace iff {

Seams TakesTheFirstOfTwoProofs() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    const std::string first = request.headers.Get("DPoP");
    if (!first.empty()) request.headers.Set("DPoP", first);
  };
  return seams;
}

}  // namespace iff
