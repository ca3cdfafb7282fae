#include "harness/core/bytes.h"
#include "servers/http/seams.h"

namespace iff {

// Behind a proxy that overwrites the field this would be right; it listens to everybody.
Seams BelievesCertificatesInFields() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    const std::string told = request.headers.Get("Client-Cert");
    if (told.size() < 3) return;
    const Result<std::string> der = DecodeBase64(told.substr(1, told.size() - 2));
    if (der.ok()) request.client_certificate = Base64Url(Sha256(der.value()));
  };
  return seams;
}

}  // namespace iff
