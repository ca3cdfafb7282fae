#include "servers/http/seams.h"
#include "servers/mutants/proving.h"

namespace iff {

Seams IgnoresCritOfProofs() {
  Seams seams;
  seams.verify_proof = VerifyProofDespite({ProofRefusal::kMalformed});
  return seams;
}

}  // namespace iff
