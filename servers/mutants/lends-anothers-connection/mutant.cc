#include "servers/http/seams.h"

namespace iff {

Seams LendsAnothersConnection() {
  Seams seams;
  seams.lend_connections = true;
  return seams;
}

}  // namespace iff
