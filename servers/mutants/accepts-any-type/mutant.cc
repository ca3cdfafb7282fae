#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsAnyType() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kType, SignedByIssuer);
  return seams;
}

}  // namespace iff
