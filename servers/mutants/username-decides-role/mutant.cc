#include "servers/http/seams.h"

namespace iff {

Seams UsernameDecidesRole() {
  Seams seams;
  seams.database_role = [](const Caller& caller, const std::string&) { return caller.claims.username; };
  return seams;
}

}  // namespace iff
