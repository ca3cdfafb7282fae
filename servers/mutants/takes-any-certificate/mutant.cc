#include "servers/mutants/handshakes.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams TakesAnyCertificate() {
  BreakHandshakes(HandshakeFault::kTakesAll);
  return {};
}

}  // namespace iff
