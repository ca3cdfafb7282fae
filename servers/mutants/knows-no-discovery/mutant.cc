#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

Seams KnowsNoDiscovery() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (MethodOf(request) == "server/discover") AskFor(request, "server/describe");
  };
  return seams;
}

}  // namespace iff
