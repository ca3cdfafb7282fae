#include "servers/mutants/handshakes.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams KnowsCertificatesByName() {
  BreakHandshakes(HandshakeFault::kGoesByName);
  return {};
}

}  // namespace iff
