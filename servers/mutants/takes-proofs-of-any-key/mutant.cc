#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesProofsOfAnyKey() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kBinding});
  return seams;
}

}  // namespace iff
