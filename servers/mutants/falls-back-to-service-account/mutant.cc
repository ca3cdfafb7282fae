#include <memory>
#include <optional>

#include "servers/http/seams.h"

namespace iff {

Seams FallsBackToServiceAccount() {
  Seams seams;
  const auto last = std::make_shared<std::optional<Credential>>();
  seams.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) { *last = credential; };
  seams.fallback = [last](const Caller&, const std::string&, const Failure& failure) {
    return failure.code == "missing_credential" ? *last : std::nullopt;
  };
  return seams;
}

}  // namespace iff
