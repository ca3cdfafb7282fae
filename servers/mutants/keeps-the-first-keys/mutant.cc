#include <memory>
#include <optional>
#include <string_view>

#include "servers/http/seams.h"

namespace iff {

Seams KeepsTheFirstKeys() {
  Seams seams;
  const auto first = std::make_shared<std::optional<KeySet>>();
  seams.verify = [first](std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
    if (!first->has_value()) *first = keys;
    return VerifyToken(token, **first, policy, now);
  };
  return seams;
}

}  // namespace iff
