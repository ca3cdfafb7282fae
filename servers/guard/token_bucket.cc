#include "servers/guard/token_bucket.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "servers/guard/lru_map.h"

namespace iff {
namespace {

struct Bucket {
  double tokens = 0;
  std::chrono::nanoseconds at = {};
};

class TokenBucketLimiter final : public RateLimiter {
 public:
  explicit TokenBucketLimiter(TokenBucketOptions options) : options_(std::move(options)), buckets_(options_.capacity) {}

  std::optional<std::chrono::milliseconds> Take(const Caller& caller, const std::string& group) override {
    const auto named = options_.groups.find(group);
    const RateBudget& budget = named == options_.groups.end() ? options_.budget : named->second;
    const double most = static_cast<double>(budget.count);
    const double per_second = most / static_cast<double>(budget.span.count());
    const std::chrono::nanoseconds now = options_.now();

    const std::string key = std::to_string(group.size()) + ':' + group + caller.Principal();
    Bucket* bucket = buckets_.Find(key);
    if (bucket == nullptr) bucket = &buckets_.Put(key, Bucket{.tokens = most, .at = now});
    const double passed = std::chrono::duration<double>(now - bucket->at).count();
    bucket->tokens = std::min(most, bucket->tokens + std::max(0.0, passed) * per_second);
    bucket->at = now;
    if (bucket->tokens >= 1) {
      bucket->tokens -= 1;
      return std::nullopt;
    }
    if (options_.counts_refused) bucket->tokens = std::max(-most, bucket->tokens - 1);
    const double missing = (1 - bucket->tokens) / per_second;
    return std::chrono::milliseconds(static_cast<int64_t>(std::ceil(missing * 1000)));
  }

 private:
  TokenBucketOptions options_;
  LruMap<Bucket> buckets_;
};

}  // namespace

std::shared_ptr<RateLimiter> MakeTokenBucketLimiter(TokenBucketOptions options) {
  return std::make_shared<TokenBucketLimiter>(std::move(options));
}

}  // namespace iff
