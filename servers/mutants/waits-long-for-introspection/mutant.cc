#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams WaitsLongForIntrospection() {
  Seams seams;
  seams.adjust_introspection = [](IntrospectionOptions& options) { options.timeout = std::chrono::seconds(9); };
  return seams;
}

}  // namespace iff
