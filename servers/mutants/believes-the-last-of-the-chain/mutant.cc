#include "servers/http/seams.h"
#include "servers/mutants/handshakes.h"

namespace iff {

Seams BelievesTheLastOfTheChain() {
  BreakHandshakes(HandshakeFault::kBelievesTheLast);
  return {};
}

}  // namespace iff
