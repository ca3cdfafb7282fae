#include "servers/guard/refused_strangers.h"

#include <utility>

namespace iff {
namespace {

class RefusedStrangers final : public AuditTrail {
 public:
  RefusedStrangers(std::shared_ptr<AuditTrail> trail, const TokenBucketOptions& written)
      : trail_(std::move(trail)), now_(written.now), written_(MakeTokenBucketLimiter(written)) {}
  ~RefusedStrangers() override { (void)WriteCounted(); }
  RefusedStrangers(const RefusedStrangers&) = delete;
  RefusedStrangers& operator=(const RefusedStrangers&) = delete;

  bool Record(const Decision& decision) override {
    const bool stranger = decision.subject.empty() && decision.outcome == "denied";
    const bool written = !stranger || !written_->Take(all_strangers_, "");
    if (!written && counted_++ == 0) counted_since_ = now_();
    if (counted_ > 0 && now_() - counted_since_ >= std::chrono::seconds(1) && !WriteCounted()) return false;
    return !written || trail_->Record(decision);
  }

 private:
  bool WriteCounted() {
    if (counted_ == 0) return true;
    Decision decision;
    decision.outcome = "denied";
    decision.reason = "strangers_refused";
    decision.count = counted_;
    if (!trail_->Record(decision)) return false;
    counted_ = 0;
    return true;
  }

  const std::shared_ptr<AuditTrail> trail_;
  const std::function<std::chrono::nanoseconds()> now_;
  const std::shared_ptr<RateLimiter> written_;
  const Caller all_strangers_ = {};
  std::chrono::nanoseconds counted_since_ = {};
  int64_t counted_ = 0;
};

}  // namespace

std::shared_ptr<AuditTrail> CountRefusedStrangers(std::shared_ptr<AuditTrail> trail,
                                                  const TokenBucketOptions& written) {
  return std::make_shared<RefusedStrangers>(std::move(trail), written);
}

}  // namespace iff
