#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams IgnoresNotBefore() {
  Seams seams;
  seams.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t) { payload.erase("nbf"); });
  return seams;
}

}  // namespace iff
