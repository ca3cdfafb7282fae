#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams IgnoresIssuedAt() {
  Seams seams;
  seams.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) { payload["iat"] = now; });
  return seams;
}

}  // namespace iff
