// Remembers tokens whose signature was verified, by a hash whose key nobody knows, so that a warm call costs a hash
// and a look at the clock. Only acceptance is remembered; every hit is asked for its times again, and
// an entry dies with the key set it was verified by.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/keyed_hash.h"
#include "harness/jose/token.h"
#include "servers/guard/lru_map.h"

namespace iff {

class VerdictCache {
 public:
  explicit VerdictCache(size_t capacity = 10'000) : entries_(capacity) {}

  // What the others call `digest`. Of this cache alone.
  std::string Digest(std::string_view token) { return hash_.Of(token); }
  // The claims of a token if it was accepted under this generation of keys; a refusal if its times have
  // passed since; nothing if it has to be verified.
  std::optional<Result<std::shared_ptr<const Claims>, Refusal>> Find(const std::string& digest, uint64_t generation,
                                                                     const TokenPolicy& policy, int64_t now);
  void Remember(const std::string& digest, uint64_t generation, std::shared_ptr<const Claims> claims);
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::shared_ptr<const Claims> claims = {};
    uint64_t generation = 0;
  };
  KeyedHash hash_;
  LruMap<Entry> entries_;
};

}  // namespace iff
