#include "servers/http/seams.h"
#include "servers/mutants/handshakes.h"

namespace iff {

Seams KnowsCertificatesByName() {
  BreakHandshakes(HandshakeFault::kGoesByName);
  return {};
}

}  // namespace iff
