#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsThatSayLittle() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kClaim});
  return seams;
}

}  // namespace iff
