#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

Seams EndsNoSession() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (request.method != "DELETE") return;
    // Accepted, and that is all.
    request.method = "POST";
    request.headers.Set("Content-Type", "application/json");
    request.headers.Set("Accept", "application/json, text/event-stream");
    request.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  };
  return seams;
}

}  // namespace iff
