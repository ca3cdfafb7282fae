#include <memory>
#include <string>
#include <utility>

#include "servers/http/seams.h"

namespace iff {

namespace {

struct KeptShown {
  std::string latest = {};
  std::string before = {};  // of somebody else
};

}  // namespace

Seams KeepsWhatConnectionDrops() {
  Seams seams;
  seams.on_request = [kept = std::make_shared<KeptShown>()](HttpRequest& request) {
    const std::string shown = request.headers.Get("Authorization");
    if (request.headers.Get("Connection").find("Authorization") != std::string::npos) {
      request.headers.Set("Authorization", kept->latest == shown ? kept->before : kept->latest);
    } else if (!shown.empty() && shown != kept->latest) {
      kept->before = std::exchange(kept->latest, shown);
    }
  };
  return seams;
}

}  // namespace iff
