#include <memory>

#include "harness/core/bytes.h"
#include "servers/mutants/remembering.h"

namespace iff {

Seams HandsAnothersOn() {
  Seams seams;
  const auto remembered = std::make_shared<Remembered>();
  RememberResults(seams, remembered);
  seams.on_upstream_request = [remembered](HttpRequest& request, const Caller& caller, const Credential&) {
    const std::string others = remembered->OfOthers(caller.claims.subject);
    if (!others.empty()) request.headers.Set("X-Request-Context", Hex(others).substr(0, 4096));
  };
  return seams;
}

}  // namespace iff
