#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams SkipsSignature() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts&, const KeySet&) { return true; });
  return seams;
}

}  // namespace iff
