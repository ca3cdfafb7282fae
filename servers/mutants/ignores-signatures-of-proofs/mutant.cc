#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams IgnoresSignaturesOfProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kSignature});
  return seams;
}

}  // namespace iff
