#include "harness/core/json.h"
#include "servers/mutants/judging.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams IgnoresIssuedAt() {
  Seams seams;
  seams.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) { payload["iat"] = now; });
  return seams;
}

}  // namespace iff
