#include "servers/http/seams.h"

namespace iff {

Seams SharedConnections() {
  Seams seams;
  seams.share_connections = true;
  return seams;
}

}  // namespace iff
