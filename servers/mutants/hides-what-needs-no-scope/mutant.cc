#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Demanding final : public Authorizer {
 public:
  bool May(const Caller& caller, const std::string& scope) const override {
    return !scope.empty() && caller.Has(scope);
  }
};

}  // namespace

Seams HidesWhatNeedsNoScope() {
  Seams seams;
  seams.wrap_authorizer = [](std::shared_ptr<Authorizer>) { return std::make_shared<Demanding>(); };
  return seams;
}

}  // namespace iff
