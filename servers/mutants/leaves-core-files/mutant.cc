#include "servers/http/seams.h"

namespace iff {

Seams LeavesCoreFiles() {
  Seams seams;
  seams.private_memory = false;
  return seams;
}

}  // namespace iff
