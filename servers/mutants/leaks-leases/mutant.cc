#include "servers/http/seams.h"

namespace iff {

Seams LeaksLeases() {
  Seams seams;
  seams.give_back = false;
  seams.adjust_expiry = [](const Caller&, int64_t) { return int64_t{0}; };  // over at once
  return seams;
}

}  // namespace iff
