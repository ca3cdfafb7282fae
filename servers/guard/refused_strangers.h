// Requests without a valid credential cost the audit trail little: a stranger may send as many as the network carries,
// and a trail that is full refuses every caller.
#pragma once

#include <memory>

#include "servers/guard/guard.h"
#include "servers/guard/token_bucket.h"

namespace iff {

// 1,000 refusals are written one by one at once, and ten a second after that. The limits of callers, but of all
// strangers together; a group and the number of buckets do not matter here.
inline TokenBucketOptions StrangersWrittenOneByOne() {
  return {.budget = {.count = 1'000, .span = std::chrono::seconds(100)}};
}

// `trail`, with the refusals of strangers bounded by `written`; those beyond are counted. What was only counted is one
// record, at the latest with the first one a second later, or at the end: no correlation and no method, reason
// "strangers_refused", `count` of them. Answers to them name correlations of which there is no record. Not thread-safe.
std::shared_ptr<AuditTrail> CountRefusedStrangers(std::shared_ptr<AuditTrail> trail,
                                                  const TokenBucketOptions& written = StrangersWrittenOneByOne());

}  // namespace iff
