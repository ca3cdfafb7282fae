#include "servers/http/seams.h"

namespace iff {

Seams TakesAnyContentType() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (request.headers.Find("Content-Type") != nullptr) request.headers.Set("Content-Type", "application/json");
  };
  return seams;
}

}  // namespace iff
