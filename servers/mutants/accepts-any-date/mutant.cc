#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsAnyDate() {
  Seams seams;
  seams.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) {
    const auto end = payload.find("exp");
    if (end == payload.end() || !end->is_number_integer() || *end < 0) payload["exp"] = now + 60;
  });
  return seams;
}

}  // namespace iff
