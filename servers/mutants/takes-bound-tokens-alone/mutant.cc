#include "servers/http/seams.h"

namespace iff {

Seams TakesBoundTokensAlone() {
  Seams seams;
  seams.adjust_config = [](Config& config) {
    if (config.token_binding == TokenBinding::kPossible) config.token_binding = TokenBinding::kRequired;
  };
  return seams;
}

}  // namespace iff
