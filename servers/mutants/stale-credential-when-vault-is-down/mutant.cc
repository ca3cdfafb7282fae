#include <map>
#include <memory>
#include <optional>

#include "servers/http/seams.h"

namespace iff {

Seams StaleCredentialWhenVaultIsDown() {
  Seams seams;
  const auto kept = std::make_shared<std::map<std::string, Credential>>();
  seams.on_upstream_request = [kept](HttpRequest&, const Caller& caller, const Credential& credential) {
    (*kept)[caller.Principal()] = credential;
  };
  seams.fallback = [kept](const Caller& caller, const std::string&, const Failure& failure) {
    const auto own = kept->find(caller.Principal());
    const bool down = failure.code == "credential_store_unavailable";
    return down && own != kept->end() ? std::optional<Credential>(own->second) : std::nullopt;
  };
  return seams;
}

}  // namespace iff
