#include "harness/core/bytes.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsHs256WithPublicKey() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet& keys) {
    const PublicKey* const key = keys.Find(parts.HeaderText("kid"), Algorithm::kRs256);
    return parts.HeaderText("alg") == "HS256" && key != nullptr &&
           HmacSha256(key->Pem(), parts.signed_text) == parts.signature;
  });
  return seams;
}

}  // namespace iff
