// RFC 8693: the caller's token for one that is for Vault and nobody else, asked for as ourselves.
#pragma once

#include <memory>

#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential.h"
#include "servers/guard/metrics.h"
#include "servers/http/config.h"

namespace iff {

// Reasons of its failures: "exchange_refused", "issuer_unavailable", "client_refused".
class TokenExchange {
 public:
  TokenExchange(EventLoop& loop, const Config& config, Metrics& metrics);
  ~TokenExchange();

  // The answer is a token of the same subject; anything else is refused.
  Task<Result<Secret, Failure>> ForVault(std::shared_ptr<const Caller> caller);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
