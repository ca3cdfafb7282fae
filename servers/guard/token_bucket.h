// The limiter of every server here: a bucket per (principal, group), full at first, refilled evenly.
//
// A refused call takes nothing, so whoever keeps trying gets its next call as soon as it is due. With
// `counts_refused` each refused call pushes that moment back, by at most one full bucket.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "servers/guard/guard.h"
#include "servers/guard/rate_budget.h"

namespace iff {

struct TokenBucketOptions {
  RateBudget budget = {};  // of a group not named below
  std::map<std::string, RateBudget> groups = {};
  bool counts_refused = false;
  // Buckets kept. One forgotten is a full one, so this is far above what one caller can make.
  size_t capacity = 65'536;
  // The present on a clock that never steps.
  std::function<std::chrono::nanoseconds()> now = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch());
  };
};

std::shared_ptr<RateLimiter> MakeTokenBucketLimiter(TokenBucketOptions options);

}  // namespace iff
