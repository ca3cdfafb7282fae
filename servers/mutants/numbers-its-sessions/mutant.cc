#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams NumbersItsSessions() {
  Seams seams;
  const auto real = std::make_shared<std::map<std::string, std::string>>();
  seams.on_request = [real](HttpRequest& request) {
    const auto known = real->find(request.headers.Get("Mcp-Session-Id"));
    if (known != real->end()) request.headers.Set("Mcp-Session-Id", known->second);
  };
  seams.on_response = [real](const HttpRequest&, HttpResponse& response) {
    const std::string id = response.headers.Get("Mcp-Session-Id");
    if (id.empty()) return;
    const std::string number = "session-" + std::to_string(real->size() + 100'000);
    (*real)[number] = id;
    response.headers.Set("Mcp-Session-Id", number);
  };
  return seams;
}

}  // namespace iff
