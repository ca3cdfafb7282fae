#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams WaitsLongForKeys() {
  Seams seams;
  seams.adjust_keys = [](KeySourceOptions& options) { options.timeout = std::chrono::minutes(10); };
  return seams;
}

}  // namespace iff
