#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams RemembersActivityForEver() {
  Seams seams;
  seams.adjust_introspection = [](IntrospectionOptions& options) { options.ttl = std::chrono::hours(24); };
  return seams;
}

}  // namespace iff
