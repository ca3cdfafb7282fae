#include <string>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams AcceptsTokenInBody() {
  Seams seams;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    if (presented.kind == Presented::Kind::kNothing) {
      const Result<Json> body = ParseJson(request.body);
      const std::string token = body.ok() ? AtOr<std::string>(body.value(), "/access_token", "") : "";
      if (!token.empty()) {
        presented.kind = Presented::Kind::kBearer;
        presented.token = Secret(token);
      }
    }
    return presented;
  };
  return seams;
}

}  // namespace iff
