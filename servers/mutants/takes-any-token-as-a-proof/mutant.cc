#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesAnyTokenAsAProof() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kType});
  return seams;
}

}  // namespace iff
