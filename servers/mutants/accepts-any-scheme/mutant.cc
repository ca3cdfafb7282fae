#include <string>

#include "harness/core/bytes.h"
#include "servers/http/seams.h"

namespace iff {

Seams AcceptsAnyScheme() {
  Seams seams;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    const std::string field = request.headers.Get("Authorization");
    if (!field.empty() && !field.starts_with("Bearer ") && presented.kind != Presented::Kind::kBearer) {
      std::string word = field.substr(field.rfind(' ') + 1);
      const Result<std::string> basic = DecodeBase64(word);
      if (basic.ok()) word = basic.value().substr(basic.value().find(':') + 1);
      presented.kind = Presented::Kind::kBearer;
      presented.token = Secret(word);
    }
    return presented;
  };
  return seams;
}

}  // namespace iff
