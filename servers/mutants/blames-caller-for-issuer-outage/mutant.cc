#include "servers/http/seams.h"

namespace iff {

Seams BlamesCallerForIssuerOutage() {
  Seams seams;
  seams.decorate_error = [](Failure& failure, const std::string&) {
    if (failure.code == "issuer_unavailable") failure.code = "forbidden";
  };
  return seams;
}

}  // namespace iff
