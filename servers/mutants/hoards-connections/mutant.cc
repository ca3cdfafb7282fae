#include "servers/http/seams.h"

namespace iff {

Seams HoardsConnections() {
  Seams seams;
  seams.hoard_connections = true;
  return seams;
}

}  // namespace iff
