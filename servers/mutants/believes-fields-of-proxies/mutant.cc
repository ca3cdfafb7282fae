#include "servers/http/seams.h"

namespace iff {

Seams BelievesFieldsOfProxies() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    // Whoever a proxy names has shown their token to it; here there is no such person.
    for (const char* name : {"X-Forwarded-User", "X-Vault-Token"}) {
      if (request.headers.Find(name) != nullptr) request.headers.Remove("Authorization");
    }
  };
  return seams;
}

}  // namespace iff
