#include "servers/http/seams.h"

namespace iff {

Seams AcceptsAnyLifetime() {
  Seams seams;
  seams.adjust_policy = [](TokenPolicy& policy) { policy.max_lifetime = int64_t{1} << 40; };
  return seams;
}

}  // namespace iff
