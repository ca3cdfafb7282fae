#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsForAnyToken() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kToken});
  return seams;
}

}  // namespace iff
