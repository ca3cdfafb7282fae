#include <memory>
#include <utility>

#include "servers/mutants/doors.h"
#include "servers/mutants/remembering.h"

namespace iff {

namespace {

class Labelling final : public InnerTrail {
 public:
  Labelling(std::shared_ptr<AuditTrail> inner, std::shared_ptr<Remembered> remembered)
      : InnerTrail(std::move(inner)), remembered_(std::move(remembered)) {}

  bool Record(const Decision& decision) override {
    Decision told = decision;
    const std::string mark = MarkIn(remembered_->Of(decision.subject));
    if (!mark.empty()) told.reason = mark;
    return inner_->Record(told);
  }

 private:
  std::shared_ptr<Remembered> remembered_;
};

}  // namespace

Seams LabelsMetricsWithAnswers() {
  Seams seams;
  const auto remembered = std::make_shared<Remembered>();
  RememberResults(seams, remembered);
  seams.wrap_audit = [remembered](std::shared_ptr<AuditTrail> right) {
    return std::make_shared<Labelling>(std::move(right), remembered);
  };
  return seams;
}

}  // namespace iff
