#include "servers/http/seams.h"

namespace iff {

Seams WorksUnderDroppedRoles() {
  Seams seams;
  seams.role_unasked = true;
  return seams;
}

}  // namespace iff
