#include "servers/mutants/judging.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams IgnoresCrit() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kCritical, SignedByIssuer);
  return seams;
}

}  // namespace iff
