#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesHugeProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kTooLarge});
  return seams;
}

}  // namespace iff
