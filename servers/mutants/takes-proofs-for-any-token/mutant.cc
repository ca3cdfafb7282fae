#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsForAnyToken() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kToken});
  return seams;
}

}  // namespace iff
