#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsOfAnyAge() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kTime});
  return seams;
}

}  // namespace iff
