#include "servers/http/seams.h"

namespace iff {

Seams KeepsSessionState() {
  Seams seams;
  seams.keep_session_state = true;
  return seams;
}

}  // namespace iff
