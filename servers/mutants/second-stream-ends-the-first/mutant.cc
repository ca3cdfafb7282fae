#include <memory>
#include <set>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

Seams SecondStreamEndsTheFirst() {
  Seams seams;
  seams.on_request = [listening = std::make_shared<std::set<std::string>>()](HttpRequest& request) {
    if (request.method != "GET") return;
    const std::string session = request.headers.Get("Mcp-Session-Id");
    // Whoever comes second takes the place, and what was open in it is closed.
    if (!session.empty() && !listening->insert(session).second) request.method = "DELETE";
  };
  return seams;
}

}  // namespace iff
