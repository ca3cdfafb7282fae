#include "servers/mutants/doors.h"
#include "servers/runtime/seams.h"

namespace iff {

Seams KnowsNoDiscovery() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (MethodOf(request) == "server/discover") AskFor(request, "server/describe");
  };
  return seams;
}

}  // namespace iff
