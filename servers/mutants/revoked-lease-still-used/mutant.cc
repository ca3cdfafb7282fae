#include "servers/http/seams.h"

namespace iff {

Seams RevokedLeaseStillUsed() {
  Seams seams;
  seams.keep_after_revocation = true;
  return seams;
}

}  // namespace iff
