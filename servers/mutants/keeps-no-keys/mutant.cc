#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams KeepsNoKeys() {
  Seams seams;
  seams.adjust_keys = [](KeySourceOptions& options) { options.max_age = options.refresh_after; };
  return seams;
}

}  // namespace iff
