#include "servers/http/seams.h"

namespace iff {

Seams TakesNoCertificates() {
  Seams seams;
  seams.adjust_config = [](Config& config) { config.certificate_binding = TokenBinding::kNone; };
  return seams;
}

}  // namespace iff
