// Makes principals known to the components that have to know them, in waves: first the issuers, which assign ids; then
// whoever believes them, which is told those ids: secret stores, databases, upstreams. Within a wave all work side by
// side. Then each is asked to read back what it was given.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/environment/environment.h"
#include "harness/identity/issuer.h"

namespace iff {

struct Registry {
  std::string component = {};
  PrincipalRegistry* registry = nullptr;  // REQUIRES: set, outlives the call
  bool issues = false;                    // it is an issuer too
};
std::vector<Registry> RegistriesOf(const Environment& environment);

struct ProvisionOptions {
  // The component whose id becomes Principal::id; "": none, and whoever has no id gets a UUID.
  std::string issuer = {};
  // Is the principal new to the component? One that is not is renewed there. Default: everybody is.
  std::function<bool(const std::string& component, const Principal& principal)> is_new = {};
  // Called once, as soon as all ids are known and before anything but an issuer knows them.
  std::function<void(const std::vector<Principal>& principals)> identified = {};
};

// Answers how many outputs were read back. What an issuer assigned is in `principals` afterwards, also after an error,
// so that it can be removed. Errors name each component that failed; kInternal where one read nothing back.
Result<size_t> Provision(const std::vector<Registry>& registries, std::vector<Principal>& principals,
                         const ProvisionOptions& options);

}  // namespace iff
