#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class AuditWithoutDenialsTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;

  bool Record(const Decision& decision) override { return decision.outcome == "denied" || inner_->Record(decision); }
};

}  // namespace

Seams AuditWithoutDenials() {
  Seams seams;
  seams.wrap_audit = WrapIn<AuditWithoutDenialsTrail, AuditTrail>();
  return seams;
}

}  // namespace iff
