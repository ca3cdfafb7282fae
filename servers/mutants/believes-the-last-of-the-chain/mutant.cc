#include "servers/mutants/handshakes.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams BelievesTheLastOfTheChain() {
  BreakHandshakes(HandshakeFault::kBelievesTheLast);
  return {};
}

}  // namespace iff
