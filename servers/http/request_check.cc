#include "servers/http/request_check.h"

#include <utility>

#include "servers/http/http_rules.h"

namespace iff {
namespace {

Denial Forbidden(std::string description, std::string reason) {
  Denial denial;
  denial.status = 403;
  denial.description = std::move(description);
  denial.reason = std::move(reason);
  return denial;
}

}  // namespace

std::optional<Denial> CheckHostAndOrigin(const RequestRules& rules, const HttpRequest& request) {
  if (!HostIsOurs(request, rules.allowed_hosts)) return Forbidden("host not allowed", "foreign_host");
  if (!OriginIsAllowed(request, rules.allowed_origins)) return Forbidden("origin not allowed", "foreign_origin");
  return {};
}

Task<Checked> CheckRequest(const Guard& guard, const RequestRules& rules, std::shared_ptr<const HttpRequest> request) {
  Checked checked;
  auto judging = guard.authenticator->Authenticate(request);
  auto judged = co_await std::move(judging);
  if (!judged.ok()) {
    checked.denial = judged.error();
    co_return checked;
  }
  checked.caller = std::move(judged).value();
  checked.denial = CheckHostAndOrigin(rules, *request);
  co_return checked;
}

Denial ShuttingDown() {
  Denial denial;
  denial.status = 503;
  denial.description = "shutting down";
  denial.reason = "shutting_down";
  denial.retry_after = std::chrono::seconds(1);
  return denial;
}

}  // namespace iff
