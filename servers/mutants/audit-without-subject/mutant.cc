#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class AuditWithoutSubjectTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;

  bool Record(const Decision& decision) override {
    Decision told = decision;
    told.subject.clear();
    return inner_->Record(told);
  }
};

}  // namespace

Seams AuditWithoutSubject() {
  Seams seams;
  seams.wrap_audit = WrapIn<AuditWithoutSubjectTrail, AuditTrail>();
  return seams;
}

}  // namespace iff
