#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams IgnoresCrit() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kCritical, SignedByIssuer);
  return seams;
}

}  // namespace iff
