#include "servers/http/seams.h"

namespace iff {

Seams BlamesItselfForUpstream() {
  Seams seams;
  seams.decorate_error = [](Failure& failure, const std::string&) {
    if (failure.code.starts_with("upstream_")) failure.code = "internal";
  };
  return seams;
}

}  // namespace iff
