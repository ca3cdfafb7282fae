#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsAnyAudience() {
  Seams seams;
  seams.verify =
      VerifyMended([](Json& payload, const TokenPolicy& policy, int64_t) { payload["aud"] = policy.audience; });
  return seams;
}

}  // namespace iff
