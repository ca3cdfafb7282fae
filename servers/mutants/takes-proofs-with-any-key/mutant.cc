#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsWithAnyKey() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kKey});
  return seams;
}

}  // namespace iff
