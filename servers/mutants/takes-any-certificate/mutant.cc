#include "servers/http/seams.h"
#include "servers/mutants/handshakes.h"

namespace iff {

Seams TakesAnyCertificate() {
  BreakHandshakes(HandshakeFault::kTakesAll);
  return {};
}

}  // namespace iff
