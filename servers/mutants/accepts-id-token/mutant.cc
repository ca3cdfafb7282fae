#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsIdToken() {
  Seams seams;
  seams.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t) {
    for (const char* mark : {"typ", "token_use", "at_hash", "c_hash", "events", "token_introspection"})
      payload.erase(mark);
  });
  return seams;
}

}  // namespace iff
