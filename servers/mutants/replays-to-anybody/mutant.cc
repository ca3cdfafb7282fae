#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

Seams ReplaysToAnybody() {
  Seams seams;
  // What was asked last is what there is to send again, whoever asked it.
  seams.on_request = [last = std::make_shared<HttpRequest>()](HttpRequest& request) {
    if (MethodOf(request) == "tools/call") *last = request;
    if (request.method == "GET" && request.headers.Find("Last-Event-ID") != nullptr && last->method == "POST")
      request = *last;
  };
  return seams;
}

}  // namespace iff
