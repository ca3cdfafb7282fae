#include "servers/http/seams.h"

namespace iff {

Seams TakesProofsAgain() {
  Seams seams;
  seams.proofs_once = false;
  return seams;
}

}  // namespace iff
