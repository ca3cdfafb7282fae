#include "servers/http/seams.h"

namespace iff {

Seams TellsEveryPageItMay() {
  Seams seams;
  seams.on_response = [](const HttpRequest& request, HttpResponse& response) {
    const std::string origin = request.headers.Get("Origin");
    if (!origin.empty()) response.headers.Set("Access-Control-Allow-Origin", origin);
  };
  return seams;
}

}  // namespace iff
