#include "servers/http/seams.h"

namespace iff {

Seams AcceptsHugeTokens() {
  Seams seams;
  seams.adjust_listener = [](HttpServerOptions& listener) { listener.header_limit = size_t{2} << 20; };
  seams.adjust_policy = [](TokenPolicy& policy) { policy.max_size = size_t{1} << 20; };
  return seams;
}

}  // namespace iff
