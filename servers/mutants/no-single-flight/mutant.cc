#include "servers/http/seams.h"

namespace iff {

Seams NoSingleFlight() {
  Seams seams;
  seams.single_flight = false;
  return seams;
}

}  // namespace iff
