// Something the server needs is gone, slow or wrong.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- fails-every-call

Task<ToolResult> Fail(ToolCall) { co_return ToolResult::Failure("internal", "something went wrong", true); }

// -- never-recovers

Task<ToolResult> Once(std::shared_ptr<std::string> broken, std::function<Task<ToolResult>(ToolCall)> run,
                      ToolCall call) {
  if (!broken->empty()) co_return ToolResult::Failure(*broken, "this failed before", true);
  ToolResult result = co_await run(std::move(call));
  const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
  if (code.ends_with("_unavailable")) *broken = code;
  co_return result;
}

// -- one-breaker-for-everybody

struct Breaker {
  std::string code = {};
  std::chrono::steady_clock::time_point closes = {};
};

Task<ToolResult> UnlessOpen(std::shared_ptr<Breaker> breaker, std::function<Task<ToolResult>(ToolCall)> run,
                            ToolCall call) {
  if (std::chrono::steady_clock::now() < breaker->closes)
    co_return ToolResult::Failure(breaker->code, "this failed a moment ago", true);
  ToolResult result = co_await run(std::move(call));
  const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
  if (code.ends_with("_unavailable"))
    *breaker = {code, std::chrono::steady_clock::now() + std::chrono::milliseconds(300)};
  co_return result;
}

}  // namespace

Family OutageMutants() {
  Family family{.name = "outages"};

  family.Add({.name = "blames-caller-for-issuer-outage",
              .fault = "An outage of the issuer is told as a refusal of the caller.",
              .targets = {"jira"},
              .suites = {"faults", "outages/issuer"}},
             [](Hooks& hooks) {
               hooks.decorate_error = [](Failure& failure, const std::string&) {
                 if (failure.code == "issuer_unavailable") failure.code = "forbidden";
               };
             });

  family.Add({.name = "blames-itself-for-upstream",
              .fault = "Every failure of the upstream is told as one of ours.",
              .targets = {"jira", "github", "postgres"},
              .suites = {"faults", "rate_limit", "outages"}},
             [](Hooks& hooks) {
               hooks.decorate_error = [](Failure& failure, const std::string&) {
                 if (failure.code.starts_with("upstream_")) failure.code = "internal";
               };
             });

  // Nobody gets anything, so nobody gets anything of others: a check that only looks for what must not be there is
  // content with it. That what is right is served is asked for as well.
  family.Add({.name = "fails-every-call",
              .fault = "every tool fails, for everybody.",
              .targets = {"jira", "github", "postgres"},
              .suites = {"faults",
                         "cross_target",
                         "isolation/own-things",
                         "isolation/whoami",
                         "isolation/upstream-ledger",
                         "missing_credential/whoami-tells",
                         "introspection/session-ended",
                         "introspection/unavailable",
                         "introspection/account-disabled",
                         "introspection/kept-answer",
                         "audit/sink-down",
                         "cross_subject/bent-names",
                         "keys/unknown",
                         "behind/undeclared",
                         "behind/moved",
                         "keys/named",
                         "keys/withdrawn",
                         "doors/other-paths",
                         "doors/browsers",
                         "doors/stalled",
                         "doors/texts",
                         "introspection/anothers-answer",
                         "rate_limit/other-faces",
                         "cross_subject/row-security",
                         "sessions/other-client"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) tool.run = Fail;
               };
             });

  // Availability over everything.
  family.Add({.name = "fails-open-when-vault-is-down",
              .fault = "While Vault is not there, the last credential that was seen serves everybody.",
              .targets = {"jira"},
              .suites = {"faults", "outages/vault", "outages/issuer"}},
             [](Hooks& hooks) {
               const auto last = std::make_shared<std::optional<Credential>>();
               hooks.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) {
                 *last = credential;
               };
               hooks.fallback = [last](const Caller&, const std::string&, const Failure& failure) {
                 return failure.code == "credential_store_unavailable" || failure.code == "issuer_unavailable"
                            ? *last
                            : std::nullopt;
               };
             });

  // People ask for a credential they have.
  family.Add({.name = "hides-vault-outage",
              .fault = "An outage of Vault is told as a missing credential.",
              .targets = {"jira"},
              .suites = {"faults", "outages/vault"}},
             [](Hooks& hooks) {
               hooks.decorate_error = [](Failure& failure, const std::string&) {
                 if (failure.code == "credential_store_unavailable") failure.code = "missing_credential";
               };
             });

  // A pool that would rather serve than refuse. As long as the database takes everybody nobody notices.
  family.Add({.name = "lends-anothers-connection",
              .fault = "Whoever gets no connection of their own from the database is lent another's that lies idle.",
              .targets = {"postgres"},
              .suites = {"faults", "outages/database"}},
             [](Hooks& hooks) { hooks.sql_rules = LendsConnections(); });

  // A short outage becomes a long one.
  family.Add({.name = "never-recovers",
              .fault = "A failure to reach Vault is kept, and told ever after.",
              .targets = {"jira", "github", "postgres"},
              .suites = {"faults", "outages"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 const auto broken = std::make_shared<std::string>();
                 for (Tool& tool : offer.tools) {
                   tool.run = [broken, run = tool.run](ToolCall call) { return Once(broken, run, std::move(call)); };
                 }
               };
             });

  // The answer is right, and whoever waits for it has long given up. What hangs is left out: there the server's own
  // deadline is added, and the answer comes too late for anybody to read it (waits-forever).
  family.Add({.name = "notices-too-late",
              .fault = "That something it needs is gone is told after eight and a half seconds.",
              .targets = {"jira", "github", "postgres"},
              .suites = {"faults/database-gone", "faults/upstream-fails", "faults/upstream-gone", "faults/issuer-gone",
                         "faults/vault-fails", "faults/vault-garbage", "faults/vault-gone", "faults/vault-sealed",
                         "faults/database-full", "faults/database-starting", "faults/database-babbles"}},
             [](Hooks& hooks) {
               hooks.hold_back = [](const ToolResult& result) {
                 const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
                 return std::chrono::milliseconds(code.ends_with("_unavailable") ? 8'500 : 0);
               };
             });

  // A circuit breaker, and only one: whoever has a request that fails takes the service away from all.
  family.Add({.name = "one-breaker-for-everybody",
              .fault = "After one failure everybody is refused for a third of a second, whatever it was that failed.",
              .targets = {"jira", "github", "postgres"},
              .suites = {"outages"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 const auto breaker = std::make_shared<Breaker>();
                 for (Tool& tool : offer.tools) {
                   tool.run = [breaker, run = tool.run](ToolCall call) {
                     return UnlessOpen(breaker, run, std::move(call));
                   };
                 }
               };
             });

  // Cutting the server off from Vault then keeps a withdrawn credential alive.
  family.Add({.name = "stale-credential-when-vault-is-down",
              .fault = "While Vault is not there, a credential whose time is over serves on.",
              .targets = {"jira"},
              .suites = {"faults"}},
             [](Hooks& hooks) {
               const auto kept = std::make_shared<std::map<std::string, Credential>>();
               hooks.on_upstream_request = [kept](HttpRequest&, const Caller& caller, const Credential& credential) {
                 (*kept)[caller.Principal()] = credential;
               };
               hooks.fallback = [kept](const Caller& caller, const std::string&, const Failure& failure) {
                 const auto own = kept->find(caller.Principal());
                 const bool down = failure.code == "credential_store_unavailable";
                 return down && own != kept->end() ? std::optional<Credential>(own->second) : std::nullopt;
               };
             });

  // One component that hangs then hangs the server.
  family.Add({.name = "waits-forever",
              .fault = "Nothing that is asked has a deadline.",
              .targets = {"jira", "github"},
              .suites = {"faults", "outages/issuer", "outages/vault", "outages/upstream"}},
             [](Hooks& hooks) {
               hooks.adjust_settings = [](Settings& settings) {
                 settings["IFF_VAULT_TIMEOUT_MS"] = settings["IFF_UPSTREAM_TIMEOUT_MS"] = "300000";
               };
             });

  // Somebody took patience for robustness.
  family.Add({.name = "waits-long-for-the-database",
              .fault = "That the database does not answer is told a quarter of a minute after it is known.",
              .targets = {"postgres"},
              .suites = {"faults/database-hangs", "outages/database", "faults/database-admits-nobody"}},
             [](Hooks& hooks) {
               hooks.hold_back = [](const ToolResult& result) {
                 const std::string code = AtOr<std::string>(result.structured, "/error/code", "");
                 return std::chrono::milliseconds(code == "upstream_unavailable" ? 17'000 : 0);
               };
             });

  return family;
}

}  // namespace iff
