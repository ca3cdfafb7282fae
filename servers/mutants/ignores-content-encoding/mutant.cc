#include "servers/http/seams.h"

namespace iff {

Seams IgnoresContentEncoding() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) { request.headers.Remove("Content-Encoding"); };
  return seams;
}

}  // namespace iff
