#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams ForgetsKeysTooSoon() {
  Seams seams;
  const auto newest = std::make_shared<std::vector<std::string>>();
  seams.remember_verdicts = false;
  seams.verify = [newest](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                          int64_t now) -> Result<Claims, Refusal> {
    Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
    if (!seen.ok()) return seen;
    const std::string key = TakeApart(token).value().HeaderText("kid");
    const auto known = std::find(newest->begin(), newest->end(), key);
    if (known == newest->end()) {
      newest->push_back(key);
    } else if (key != newest->back()) {
      return Refusal::kUnknownKey;
    }
    return seen;
  };
  return seams;
}

}  // namespace iff
