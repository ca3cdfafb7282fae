#include <string>

#include "harness/core/log.h"
#include "servers/http/seams.h"

namespace iff {

Seams LogsEveryAddress() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) { Log(LogLevel::kInfo, "request", {{"target", request.target}}); };
  return seams;
}

}  // namespace iff
