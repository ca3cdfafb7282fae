#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams TakesTheFirstOfTwoCredentials() {
  Seams seams;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    const std::string field = request.headers.Get("Authorization");
    if (presented.kind == Presented::Kind::kMalformed && field.starts_with("Bearer ")) {
      presented.kind = Presented::Kind::kBearer;
      presented.token = Secret(field.substr(7, field.find_first_of(" ,", 7) - 7));
    }
    return presented;
  };
  return seams;
}

}  // namespace iff
