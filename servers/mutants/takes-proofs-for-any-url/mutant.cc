#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsForAnyUrl() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kTarget});
  return seams;
}

}  // namespace iff
