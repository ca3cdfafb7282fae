#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams FewAtOnce() {
  Seams seams;
  seams.adjust_listener = [](HttpServerOptions& listener) { listener.max_connections = 16; };
  return seams;
}

}  // namespace iff
