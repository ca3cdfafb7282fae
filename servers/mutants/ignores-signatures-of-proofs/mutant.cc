#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams IgnoresSignaturesOfProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kSignature});
  return seams;
}

}  // namespace iff
