#include "servers/guard/decisions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace iff {
namespace {

// Of HTTP, and the requests and notifications of every revision of MCP.
constexpr std::array<std::string_view, 32> kMethods = {"GET",
                                                       "POST",
                                                       "DELETE",
                                                       "HEAD",
                                                       "OPTIONS",
                                                       "PUT",
                                                       "PATCH",
                                                       "ping",
                                                       "initialize",
                                                       "server/discover",
                                                       "tools/list",
                                                       "tools/call",
                                                       "prompts/list",
                                                       "prompts/get",
                                                       "resources/list",
                                                       "resources/templates/list",
                                                       "resources/read",
                                                       "resources/subscribe",
                                                       "resources/unsubscribe",
                                                       "completion/complete",
                                                       "logging/setLevel",
                                                       "subscriptions/listen",
                                                       "tasks/get",
                                                       "tasks/list",
                                                       "tasks/result",
                                                       "tasks/cancel",
                                                       "notifications/initialized",
                                                       "notifications/cancelled",
                                                       "notifications/progress",
                                                       "notifications/roots/list_changed",
                                                       "notifications/elicitation/complete",
                                                       "notifications/tasks/status"};

}  // namespace

std::optional<Denial> CheckScope(const Guard& guard, const Caller& caller, const std::string& scope) {
  if (guard.authorizer ? guard.authorizer->May(caller, scope) : caller.Has(scope)) return std::nullopt;
  Denial denial;
  denial.status = 403;
  denial.error = "insufficient_scope";
  denial.description = "a scope is missing";
  denial.scope = scope;
  denial.reason = "insufficient_scope";
  denial.of_proof = !caller.claims.key_thumbprint.empty();
  return denial;
}

std::optional<Denial> TakeBudget(const Guard& guard, const Caller& caller, const std::string& group) {
  if (!guard.limiter) return std::nullopt;
  const auto wait = guard.limiter->Take(caller, group);
  if (!wait) return std::nullopt;
  Denial denial;
  denial.status = 429;
  denial.reason = "rate_limited";
  // Rounded up: who comes back after that finds a token.
  denial.retry_after = std::max(std::chrono::ceil<std::chrono::seconds>(*wait), std::chrono::seconds(1));
  return denial;
}

HttpResponse RefusalHead(const Guard& guard, const Denial& denial) {
  HttpResponse response;
  response.status = denial.status;
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Cache-Control", "no-store");
  if (denial.status == 401 || !denial.error.empty()) {
    std::vector<std::string> challenges = {guard.authenticator->Challenge(denial),
                                           guard.authenticator->ProofChallenge(denial)};
    if (denial.of_proof) std::swap(challenges[0], challenges[1]);  // clients read the first
    for (std::string& challenge : challenges) {
      if (!challenge.empty()) response.headers.Add("WWW-Authenticate", std::move(challenge));
    }
  }
  if (denial.retry_after.count() > 0) response.headers.Add("Retry-After", std::to_string(denial.retry_after.count()));
  return response;
}

std::string RefusalText(const Denial& denial) {
  if (!denial.description.empty()) return denial.description;
  switch (denial.status) {
    case 400:
      return "malformed authorization";
    case 401:
      return "authentication needed";
    case 403:
      return "not allowed";
    case 404:
      return "not found";
    case 429:
      return "too many requests";
    case 503:
      return "not available now";
    default:
      return "refused";
  }
}

std::string RecordedMethod(const std::string& method) {
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end() ? method : "other";
}

}  // namespace iff
