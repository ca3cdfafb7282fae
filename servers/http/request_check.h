// What every request to a guarded path passes before anything of it is served, whatever its transport and method.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/task.h"
#include "harness/net/http.h"
#include "servers/guard/guard.h"

namespace iff {

struct RequestRules {
  std::vector<std::string> allowed_hosts = {};  // besides the loopback names
  // Origins a browser may call from; a request with another Origin is refused.
  std::vector<std::string> allowed_origins = {};
};

struct Checked {
  std::shared_ptr<const Caller> caller = {};  // set once authenticated, whatever else is wrong
  std::optional<Denial> denial = {};          // if the request is not served
};

// The refusal (403) of a request whose Host or Origin `rules` do not allow, or nothing.
std::optional<Denial> CheckHostAndOrigin(const RequestRules& rules, const HttpRequest& request);

// Authenticates `request`, before anything else of it is looked at; then checks its Host and Origin (403). `guard` and
// `rules` outlive the answer.
Task<Checked> CheckRequest(const Guard& guard, const RequestRules& rules, std::shared_ptr<const HttpRequest> request);

// 503 for what arrives while the server ends.
Denial ShuttingDown();

}  // namespace iff
