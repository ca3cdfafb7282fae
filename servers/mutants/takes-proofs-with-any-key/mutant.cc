#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams TakesProofsWithAnyKey() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kKey});
  return seams;
}

}  // namespace iff
