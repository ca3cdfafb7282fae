#include "servers/http/seams.h"

namespace iff {

Seams TakesAnyOrigin() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    const std::string origin = request.headers.Get("Origin");
    // Another rule refuses the page of a name that was bound anew.
    if (origin != "http://localhost") request.headers.Remove("Origin");
  };
  return seams;
}

}  // namespace iff
