#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams KeepsKeysForEver() {
  Seams seams;
  seams.adjust_keys = [](KeySourceOptions& options) { options.max_age = std::chrono::hours(1000); };
  return seams;
}

}  // namespace iff
