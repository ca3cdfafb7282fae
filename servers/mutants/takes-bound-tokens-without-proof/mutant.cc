#include "servers/http/seams.h"

namespace iff {

Seams TakesBoundTokensWithoutProof() {
  Seams seams;
  seams.binding_optional = true;
  seams.read_credentials = [](const HttpRequest& request) {
    Presented presented = ReadCredentials(request);
    const bool bare = presented.kind == Presented::Kind::kBound && request.headers.Find("DPoP") == nullptr;
    if (bare) presented.kind = Presented::Kind::kBearer;
    return presented;
  };
  return seams;
}

}  // namespace iff
