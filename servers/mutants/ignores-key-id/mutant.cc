#include "servers/mutants/judging.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams IgnoresKeyId() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kMalformed, [](const TokenParts& parts, const KeySet& keys) {
    const PublicKey* const key = keys.Find("", Algorithm::kRs256);
    return parts.header.is_object() && key != nullptr &&
           key->Verify(Algorithm::kRs256, parts.signed_text, parts.signature);
  });
  return seams;
}

}  // namespace iff
