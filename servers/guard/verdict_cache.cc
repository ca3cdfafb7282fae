#include "servers/guard/verdict_cache.h"

namespace iff {

std::optional<Result<std::shared_ptr<const Claims>, Refusal>> VerdictCache::Find(const std::string& digest,
                                                                                 uint64_t generation,
                                                                                 const TokenPolicy& policy,
                                                                                 int64_t now) {
  using Verdict = Result<std::shared_ptr<const Claims>, Refusal>;
  const Entry* const entry = entries_.Find(digest);
  if (entry == nullptr) return std::nullopt;
  if (entry->generation != generation) {
    entries_.Erase(digest);
    return std::nullopt;
  }
  if (const Result<void, Refusal> times = CheckTimes(*entry->claims, policy, now); !times.ok()) {
    const Refusal why = times.error();
    // Gone for good only when expired: a clock may still reach a token from the future.
    if (why == Refusal::kExpired) entries_.Erase(digest);
    return Verdict(why);
  }
  return Verdict(entry->claims);
}

void VerdictCache::Remember(const std::string& digest, uint64_t generation, std::shared_ptr<const Claims> claims) {
  Entry entry;
  entry.claims = std::move(claims);
  entry.generation = generation;
  entries_.Put(digest, std::move(entry));
}

}  // namespace iff
