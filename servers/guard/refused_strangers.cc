#include "servers/guard/refused_strangers.h"

#include <algorithm>
#include <utility>

namespace iff {
namespace {

class RefusedStrangers final : public AuditTrail {
 public:
  RefusedStrangers(std::shared_ptr<AuditTrail> trail, const Clock& clock, RefusedStrangersOptions options)
      : trail_(std::move(trail)), clock_(clock), options_(options) {}
  ~RefusedStrangers() override { (void)WriteCounted(); }
  RefusedStrangers(const RefusedStrangers&) = delete;
  RefusedStrangers& operator=(const RefusedStrangers&) = delete;

  bool Record(const Decision& decision) override {
    const bool stranger = decision.subject.empty() && decision.outcome == "denied";
    const WallTime now = clock_.Now();
    const bool written = !stranger || IsDue(now);
    if (!written && counted_++ == 0) counted_since_ = now;
    // A clock that was put back is no reason to keep it.
    if (counted_ > 0 && (now >= counted_since_ + std::chrono::seconds(1) || now < counted_since_) && !WriteCounted()) {
      return false;
    }
    return !written || trail_->Record(decision);
  }

 private:
  // Whether one more may be written; takes it. `next_` is when all that may come at once could come again, less that.
  bool IsDue(WallTime now) {
    if (next_ > now + options_.at_once * options_.one_each) next_ = now;  // the clock was put back
    next_ = std::max(next_, now);
    if (next_ - now > (options_.at_once - 1) * options_.one_each) return false;
    next_ += options_.one_each;
    return true;
  }

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
  const Clock& clock_;
  const RefusedStrangersOptions options_;
  WallTime next_ = {};
  WallTime counted_since_ = {};
  int64_t counted_ = 0;
};

}  // namespace

std::shared_ptr<AuditTrail> CountRefusedStrangers(std::shared_ptr<AuditTrail> trail, const Clock& clock,
                                                  RefusedStrangersOptions options) {
  return std::make_shared<RefusedStrangers>(std::move(trail), clock, options);
}

}  // namespace iff
