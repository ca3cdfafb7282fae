#include <memory>
#include <optional>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams LetsInWhoSpeaksForItself() {
  Seams seams;
  seams.adjust_policy = [](TokenPolicy& policy) { policy.clients.clear(); };
  const auto last = std::make_shared<std::optional<Credential>>();
  seams.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) { *last = credential; };
  seams.fallback = [last](const Caller&, const std::string&, const Failure&) { return *last; };
  return seams;
}

}  // namespace iff
