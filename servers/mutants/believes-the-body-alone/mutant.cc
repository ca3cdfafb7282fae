#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams BelievesTheBodyAlone() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    const Result<Json> message = ParseJson(request.body);
    if (!message.ok() || AtOr<std::string>(*message, "/method", "") != "tools/call") return;
    request.headers.Set("Mcp-Method", "tools/call");
    request.headers.Set("Mcp-Name", AtOr<std::string>(*message, "/params/name", ""));
  };
  return seams;
}

}  // namespace iff
