#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class MetricsNamePeopleTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;

  bool Record(const Decision& decision) override {
    Decision told = decision;
    if (!told.subject.empty()) told.reason = told.subject;
    return inner_->Record(told);
  }
};

}  // namespace

Seams MetricsNamePeople() {
  Seams seams;
  seams.wrap_audit = WrapIn<MetricsNamePeopleTrail, AuditTrail>();
  return seams;
}

}  // namespace iff
