#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams TrustsEmbeddedJwk() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts& parts, const KeySet&) {
    const auto brought = parts.header.find("jwk");
    if (brought == parts.header.end()) return false;
    const Result<PublicKey> key = PublicKey::FromJwk(*brought);
    return key.ok() && key.value().Verify(Algorithm::kRs256, parts.signed_text, parts.signature);
  });
  return seams;
}

}  // namespace iff
