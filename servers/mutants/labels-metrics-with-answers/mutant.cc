#include <memory>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/unpack.h"
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
    const std::string answered = remembered_->Of(decision.subject);
    if (!answered.empty()) told.reason = Base64(Compress(answered, Compression::kZlib));
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
