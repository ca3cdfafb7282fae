#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesHugeProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kTooLarge});
  return seams;
}

}  // namespace iff
