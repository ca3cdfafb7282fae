#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsOfAnyKey() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kBinding});
  return seams;
}

}  // namespace iff
