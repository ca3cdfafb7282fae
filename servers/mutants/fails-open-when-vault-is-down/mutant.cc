#include <memory>
#include <optional>

#include "servers/http/seams.h"

namespace iff {

Seams FailsOpenWhenVaultIsDown() {
  Seams seams;
  const auto last = std::make_shared<std::optional<Credential>>();
  seams.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) { *last = credential; };
  seams.fallback = [last](const Caller&, const std::string&, const Failure& failure) {
    return failure.code == "credential_store_unavailable" || failure.code == "issuer_unavailable" ? *last
                                                                                                  : std::nullopt;
  };
  return seams;
}

}  // namespace iff
