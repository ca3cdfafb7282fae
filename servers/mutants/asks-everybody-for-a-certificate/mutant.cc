#include "servers/http/seams.h"

namespace iff {

Seams AsksEverybodyForACertificate() {
  Seams seams;
  seams.adjust_config = [](Config& config) {
    if (config.certificate_binding == TokenBinding::kPossible) config.certificate_binding = TokenBinding::kRequired;
  };
  return seams;
}

}  // namespace iff
