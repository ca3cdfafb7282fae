#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsThatSayLittle() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kClaim});
  return seams;
}

}  // namespace iff
