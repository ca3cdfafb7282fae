#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams TakesAnyAlgorithmOfTheKey() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet& keys) {
    const Result<Algorithm> algorithm = ParseAlgorithm(parts.HeaderText("alg"));
    const PublicKey* const key = keys.Find(parts.HeaderText("kid"), Algorithm::kRs256);
    return algorithm.ok() && key != nullptr && key->Verify(algorithm.value(), parts.signed_text, parts.signature);
  });
  return seams;
}

}  // namespace iff
