#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsOfAnyAge() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kTime});
  return seams;
}

}  // namespace iff
