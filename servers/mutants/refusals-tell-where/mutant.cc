#include <memory>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams RefusalsTellWhere() {
  Seams seams;
  const auto behind = std::make_shared<std::string>();
  seams.adjust_config = [behind](Config& config) { *behind = config.vault.endpoint.Authority(); };
  seams.on_response = [behind](const HttpRequest&, HttpResponse& response) {
    if (response.status < 400) return;
    response.headers.Set("Server", "iff/0.1.0 OpenSSL/3.0.15");
    response.body += "Traceback (most recent call last): /usr/lib/iff/guard.cc:154, with Vault at " + *behind;
  };
  return seams;
}

}  // namespace iff
