#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsForAnyMethod() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kMethod});
  return seams;
}

}  // namespace iff
