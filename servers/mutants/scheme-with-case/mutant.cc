#include "servers/http/seams.h"

namespace iff {

Seams SchemeWithCase() {
  Seams seams;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    if (!request.headers.Get("Authorization").starts_with("Bearer ")) presented = Presented{};
    return presented;
  };
  return seams;
}

}  // namespace iff
