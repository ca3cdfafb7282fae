#include <map>
#include <memory>
#include <string>

#include "servers/runtime/seams.h"

namespace iff {

namespace {

struct TokenFile {
  std::string subject = {};                          // whose it is at the moment
  std::map<std::string, std::string> known = {};     // subject -> what stands in the file then
};

}  // namespace

Seams LastWriterTokenFile() {
  Seams seams;
  const auto file = std::make_shared<TokenFile>();
  seams.adjust_offer = [file](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.run = [file, run = tool.run](ToolCall call) {
        file->subject = call.caller->claims.subject;
        return run(std::move(call));
      };
    }
  };
  seams.on_upstream_request = [file](HttpRequest& request, const Caller& caller, const Credential&) {
    file->known[caller.claims.subject] = request.headers.Get("Authorization");
    const auto written = file->known.find(file->subject);
    if (written != file->known.end()) request.headers.Set("Authorization", written->second);
  };
  return seams;
}

}  // namespace iff
