#include "servers/http/seams.h"

namespace iff {

Seams LogsInWithTheCallersToken() {
  Seams seams;
  seams.adjust_config = [](Config& config) { config.mode = CredentialMode::kPassthrough; };
  return seams;
}

}  // namespace iff
