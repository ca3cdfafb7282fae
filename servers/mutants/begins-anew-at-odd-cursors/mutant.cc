#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams BeginsAnewAtOddCursors() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    Result<Json> message = ParseJson(request.body);
    if (!message.ok() || Find(message.value(), "/params/cursor") == nullptr) return;
    message.value()["params"].erase("cursor");
    request.body = Dump(message.value());
  };
  return seams;
}

}  // namespace iff
