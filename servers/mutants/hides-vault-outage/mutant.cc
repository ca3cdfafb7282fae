#include "servers/http/seams.h"

namespace iff {

Seams HidesVaultOutage() {
  Seams seams;
  seams.decorate_error = [](Failure& failure, const std::string&) {
    if (failure.code == "credential_store_unavailable") failure.code = "missing_credential";
  };
  return seams;
}

}  // namespace iff
