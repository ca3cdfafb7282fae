#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesUnsignedProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kAlgorithm});
  return seams;
}

}  // namespace iff
