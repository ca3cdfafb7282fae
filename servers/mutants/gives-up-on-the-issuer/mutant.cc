#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams GivesUpOnTheIssuer() {
  Seams seams;
  seams.adjust_keys = [](KeySourceOptions& options) { options.cool_down = std::chrono::hours(1); };
  return seams;
}

}  // namespace iff
