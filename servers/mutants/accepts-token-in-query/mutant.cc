#include <map>

#include "servers/http/seams.h"

namespace iff {

Seams AcceptsTokenInQuery() {
  Seams seams;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    if (presented.kind == Presented::Kind::kNothing) {
      const std::map<std::string, std::string> query = request.Query();
      if (const auto token = query.find("access_token"); token != query.end()) {
        presented.kind = Presented::Kind::kBearer;
        presented.token = Secret(token->second);
      }
    }
    return presented;
  };
  return seams;
}

}  // namespace iff
