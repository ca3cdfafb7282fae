#include "servers/http/seams.h"

namespace iff {

Seams MetadataAnywhere() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (request.target.starts_with("/.well-known/oauth-protected-resource")) {
      request.target = "/.well-known/oauth-protected-resource/mcp";
    }
  };
  return seams;
}

}  // namespace iff
