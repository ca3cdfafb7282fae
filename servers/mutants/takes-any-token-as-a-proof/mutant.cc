#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesAnyTokenAsAProof() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kType});
  return seams;
}

}  // namespace iff
