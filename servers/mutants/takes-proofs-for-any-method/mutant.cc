#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsForAnyMethod() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kMethod});
  return seams;
}

}  // namespace iff
