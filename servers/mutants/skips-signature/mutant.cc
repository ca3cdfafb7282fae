#include "servers/mutants/judging.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams SkipsSignature() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts&, const KeySet&) { return true; });
  return seams;
}

}  // namespace iff
