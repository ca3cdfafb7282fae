#include "servers/http/seams.h"

namespace iff {

Seams TakesAnyVersion() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (request.headers.Get("MCP-Protocol-Version") == "1999-01-01")
      request.headers.Set("MCP-Protocol-Version", "2025-06-18");
  };
  return seams;
}

}  // namespace iff
