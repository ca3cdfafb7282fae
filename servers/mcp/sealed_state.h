// Text that a client keeps for us and cannot read, change, lend to another, or use elsewhere:
// requestState and cursors. AES-256-GCM under a key that lives as long as the process.
//
//   const std::string text = sealed.Seal({{"round", 2}}, principal + method + digest, 5min);
//   std::optional<Json> state = sealed.Redeem(text, principal + method + digest);
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/clock.h"
#include "harness/core/json.h"
#include "harness/core/secret.h"

namespace iff {

class SealedState {
 public:
  explicit SealedState(const Clock& clock = SystemClock::Instance());

  // `bound` is not in the text but must be the same when it is opened.
  std::string Seal(const Json& state, std::string_view bound, std::chrono::seconds lifetime);

  // Nothing for what was changed, bound to something else, or is over; the reasons look the same.
  std::optional<Json> Open(std::string_view text, std::string_view bound) const;
  // The same, but once only.
  std::optional<Json> Redeem(std::string_view text, std::string_view bound);

 private:
  struct Opened {
    Json state = nullptr;
    int64_t expires_at = 0;
    std::string nonce = {};
  };
  std::optional<Opened> Decrypt(std::string_view text, std::string_view bound) const;

  const Clock& clock_;
  Secret key_;
  std::map<std::string, int64_t> redeemed_;  // nonce -> when it may be forgotten
  size_t prune_at_ = 1024;
};

}  // namespace iff
