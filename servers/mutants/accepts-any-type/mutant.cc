#include "servers/mutants/judging.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams AcceptsAnyType() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kType, SignedByIssuer);
  return seams;
}

}  // namespace iff
