#include "servers/mutants/proving.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams IgnoresCritOfProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kMalformed});
  return seams;
}

}  // namespace iff
