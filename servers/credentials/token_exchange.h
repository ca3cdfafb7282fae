// RFC 8693: the caller's token for one whose only audience is somebody else, asked for as the server itself.
#pragma once

#include <memory>
#include <string>

#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential.h"
#include "servers/credentials/vault_settings.h"
#include "servers/guard/metrics.h"

namespace iff {

// Reasons of its failures: "exchange_refused", "issuer_unavailable", "client_refused".
class TokenExchange {
 public:
  // All references outlive it.
  TokenExchange(EventLoop& loop, const ExchangeSettings& settings, Metrics& metrics);
  ~TokenExchange();

  // The answer is a token of the same subject, for `audience` alone; anything else is refused.
  Task<Result<Secret, Failure>> For(std::shared_ptr<const Caller> caller, std::string audience);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
