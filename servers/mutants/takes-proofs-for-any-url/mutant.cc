#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsForAnyUrl() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kTarget});
  return seams;
}

}  // namespace iff
