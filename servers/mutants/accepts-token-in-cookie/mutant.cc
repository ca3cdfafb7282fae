#include <string>
#include <string_view>

#include "servers/http/seams.h"

namespace iff {

Seams AcceptsTokenInCookie() {
  Seams seams;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    const std::string cookie = request.headers.Get("Cookie");
    const std::string_view name = "access_token=";
    if (presented.kind == Presented::Kind::kNothing && cookie.starts_with(name)) {
      presented.kind = Presented::Kind::kBearer;
      presented.token = Secret(cookie.substr(name.size()));
    }
    return presented;
  };
  return seams;
}

}  // namespace iff
