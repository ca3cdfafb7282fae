// Strangers cost the audit trail little: whoever shows no valid credential may send as much as the network carries, and
// a trail that is full refuses everybody.
#pragma once

#include <chrono>
#include <memory>

#include "harness/core/clock.h"
#include "servers/guard/guard.h"

namespace iff {

struct RefusedStrangersOptions {
  // So many refusals of nobody known are written one by one at once, and one more each time this has passed; what comes
  // in between is counted.
  int64_t at_once = 1'000;
  std::chrono::milliseconds one_each = std::chrono::milliseconds(100);
};

// `trail`, with the refusals of strangers bounded. What was only counted is one record, at the latest with the first
// one a second later, or at the end: no correlation and no method, reason "strangers_refused", `count` of them. Answers
// to them name correlations of which there is no record. Not thread-safe. `clock` outlives it.
std::shared_ptr<AuditTrail> CountRefusedStrangers(std::shared_ptr<AuditTrail> trail, const Clock& clock,
                                                  RefusedStrangersOptions options = {});

}  // namespace iff
