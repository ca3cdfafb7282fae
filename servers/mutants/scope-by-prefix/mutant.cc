#include <algorithm>
#include <memory>
#include <set>

#include "servers/http/seams.h"

namespace iff {

namespace {

class ByPrefix final : public Authorizer {
 public:
  bool May(const Caller& caller, const std::string& scope) const override {
    const std::set<std::string>& held = caller.claims.scopes;
    return scope.empty() ||
           std::any_of(held.begin(), held.end(), [&](const std::string& each) { return each.starts_with(scope); });
  }
};

}  // namespace

Seams ScopeByPrefix() {
  Seams seams;
  seams.wrap_authorizer = [](std::shared_ptr<Authorizer>) { return std::make_shared<ByPrefix>(); };
  return seams;
}

}  // namespace iff
