#include "servers/http/seams.h"

namespace iff {

Seams GrantsMoreTimeThanItSays() {
  Seams seams;
  seams.adjust_policy = [](TokenPolicy& policy) { policy.leeway += 120; };
  return seams;
}

}  // namespace iff
