// Bounded, seeded mutation: from what is valid to something that is not, said as the steps of a scenario, so that
// whatever is found can be played again. Pure; the same seed and number make the same case anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/environment/system.h"

namespace iff {

// What may be bent.
struct Material {
  TargetSpec target = {};
  std::string caller = {};  // persona whose valid token and request everything is made from
  std::string other = {};   // persona whose things the caller must never get; "" if nobody else has any
  Json claims = nullptr;    // of a valid token of the caller's; null: tokens cannot be made for this target
  std::vector<std::string> attacks = {};  // of the forge, each refused by whoever keeps to the standards
};

enum class Bent { kToken, kRequest };

struct MutatedCase {
  Bent bent = Bent::kRequest;
  std::string kind = {};  // "claim aud", "argument": of several findings of a kind one is as good as another
  std::string what = {};  // "the claim aud is \"MCP-JIRA\""
  Json scenario = {};     // whole: logins, the valid request, what was bent, the valid request again
};

// A token always differs from the valid one in something
// that matters: signature, issuer, audience, or the time it is good for.
class Mutator {
 public:
  Mutator(Material material, uint64_t seed) : material_(std::move(material)), seed_(seed) {}

  // kRequest when tokens cannot be made.
  MutatedCase Make(uint64_t number) const;

 private:
  Material material_;
  uint64_t seed_;
};

}  // namespace iff
