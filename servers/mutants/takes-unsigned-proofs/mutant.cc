#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesUnsignedProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kAlgorithm});
  return seams;
}

}  // namespace iff
