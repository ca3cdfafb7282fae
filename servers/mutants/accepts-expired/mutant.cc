#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsExpired() {
  Seams seams;
  seams.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) {
    const auto end = payload.find("exp");
    if (end != payload.end() && end->is_number_unsigned() && end->get<uint64_t>() <= static_cast<uint64_t>(now)) {
      *end = now + 60;
    }
  });
  seams.remember_verdicts = false;  // a kept verdict is asked for its times by other code
  return seams;
}

}  // namespace iff
