#include "servers/http/seams.h"

namespace iff {

Seams FollowsVaultAnywhere() {
  Seams seams;
  seams.follow_redirects = true;
  return seams;
}

}  // namespace iff
