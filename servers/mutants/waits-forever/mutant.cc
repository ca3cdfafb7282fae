#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams WaitsForever() {
  Seams seams;
  seams.adjust_config = [](Config& config) {
    config.vault_timeout = std::chrono::minutes(5);
    config.upstream_timeout = std::chrono::minutes(5);
  };
  return seams;
}

}  // namespace iff
