#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams NamesSessionsInTwoWords() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    std::string id = request.headers.Get("Mcp-Session-Id");
    std::erase(id, ' ');
    if (!id.empty()) request.headers.Set("Mcp-Session-Id", id);
  };
  seams.on_response = [](const HttpRequest&, HttpResponse& response) {
    std::string id = response.headers.Get("Mcp-Session-Id");
    if (!id.empty()) response.headers.Set("Mcp-Session-Id", id.insert(id.size() / 2, " "));
  };
  return seams;
}

}  // namespace iff
