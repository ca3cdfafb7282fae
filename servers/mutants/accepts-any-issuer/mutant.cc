#include "harness/core/json.h"
#include "servers/mutants/judging.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams AcceptsAnyIssuer() {
  Seams seams;
  seams.verify =
      VerifyMended([](Json& payload, const TokenPolicy& policy, int64_t) { payload["iss"] = policy.issuer; });
  return seams;
}

}  // namespace iff
