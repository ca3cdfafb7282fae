#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams WaitsForStalledRequests() {
  Seams seams;
  seams.adjust_listener = [](HttpServerOptions& listener) { listener.request_timeout = std::chrono::minutes(10); };
  return seams;
}

}  // namespace iff
