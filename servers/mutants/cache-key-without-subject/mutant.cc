#include "servers/http/seams.h"

namespace iff {

Seams CacheKeyWithoutSubject() {
  Seams seams;
  seams.cache_key = [](const Caller& caller, const std::string& target) { return caller.claims.client + " " + target; };
  return seams;
}

}  // namespace iff
