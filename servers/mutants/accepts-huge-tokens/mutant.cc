#include "servers/runtime/seams.h"

namespace iff {

Seams AcceptsHugeTokens() {
  Seams seams;
  seams.adjust_policy = [](TokenPolicy& policy) { policy.max_size = size_t{1} << 20; };
  return seams;
}

}  // namespace iff
