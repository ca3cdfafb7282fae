#include "servers/http/seams.h"

namespace iff {

Seams AcceptsAnyClient() {
  Seams seams;
  seams.adjust_policy = [](TokenPolicy& policy) { policy.clients.clear(); };
  return seams;
}

}  // namespace iff
