#include "mocks/allowances.h"

#include <utility>

namespace iff {

Result<void> Allowances::Set(const std::string& account, std::optional<Limit> limit) {
  if (!limit) {
    limits_.erase(account);
    windows_.clear();
    return {};
  }
  const bool refuses = limit->status == 403 || limit->status == 429;
  if (limit->requests < 1 || limit->window < std::chrono::seconds(1) || !refuses) {
    return Error(ErrorKind::kInvalidInput, "limit to " + std::to_string(limit->requests) + " requests in " +
                                               std::to_string(limit->window.count()) + " s by " +
                                               std::to_string(limit->status) +
                                               ": want one request and one second at least, and 403 or 429");
  }
  limits_[account] = *limit;
  windows_.clear();
  return {};
}

Allowance Allowances::Take(const Caller& caller, const Limit& usual, WallTime now) {
  constexpr size_t kMany = 10'000;
  if (windows_.size() > kMany) {
    std::erase_if(windows_, [&](const auto& entry) { return entry.second.end <= now; });
  }
  auto found = caller.person == nullptr ? limits_.end() : limits_.find(caller.person->account);
  if (found == limits_.end()) found = limits_.find("");
  const Limit& limit = found == limits_.end() ? usual : found->second;
  Window& window = windows_[KeyOf(caller)];
  const bool used_up = !limit.enforced && window.used + 1 >= limit.requests;
  if (window.end <= now || used_up) window = {.end = now + limit.window};
  Allowance allowance = {.limit = limit.requests, .reset = window.end};
  if (window.used < limit.requests) {
    ++window.used;
  } else {
    allowance.status = limit.status;
  }
  allowance.used = window.used;
  return allowance;
}

void Allowances::GiveBack(const Caller& caller, Allowance& allowance) {
  const auto window = windows_.find(KeyOf(caller));
  if (window == windows_.end() || window->second.used == 0) return;
  --window->second.used;
  --allowance.used;
}

}  // namespace iff
