#include <map>
#include <memory>
#include <set>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

struct IssuedIds {
  std::set<std::string> issued = {};
  std::map<std::string, std::string> last = {};  // by what the caller shows
};

}  // namespace

Seams TakesAnySessionId() {
  Seams seams;
  seams.adjust_listener = [](HttpServerOptions& listener) { listener.header_limit = size_t{1} << 20; };
  seams.on_request = [ids = std::make_shared<IssuedIds>()](HttpRequest& request) {
    const std::string session = request.headers.Get("Mcp-Session-Id");
    if (session.empty()) return;
    const std::string shown = request.headers.Get("Authorization");
    if (MethodOf(request) == "notifications/initialized") {
      ids->issued.insert(session);
      ids->last[shown] = session;
    }
    const auto own = ids->last.find(shown);
    if (!ids->issued.contains(session) && own != ids->last.end()) request.headers.Set("Mcp-Session-Id", own->second);
  };
  return seams;
}

}  // namespace iff
