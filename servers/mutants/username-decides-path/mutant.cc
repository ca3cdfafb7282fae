#include "servers/http/seams.h"

namespace iff {

Seams UsernameDecidesPath() {
  Seams seams;
  seams.secret_path = [](const Caller& caller, const std::string&, const std::string& target) {
    return "users/" + caller.claims.username + "/" + target;
  };
  return seams;
}

}  // namespace iff
