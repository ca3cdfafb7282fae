#include "servers/http/seams.h"

namespace iff {

Seams TakesNoBoundTokens() {
  Seams seams;
  seams.adjust_config = [](Config& config) { config.token_binding = TokenBinding::kNone; };
  return seams;
}

}  // namespace iff
