// Servers of which one replica alone is wrong, for systems/replicas: where there is one process, they are the shipped
// one. The system says in REPLICA which one a process is.
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

bool IsReplica(std::string_view number) {
  const char* own = std::getenv("REPLICA");
  return own != nullptr && own == number;
}

// Who shows nothing is taken for who came last.
class LastCaller final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const bool shows = request->headers.Find("Authorization") != nullptr;
    if (!shows && last_) co_return last_;
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (judged.ok()) last_ = judged.value();
    co_return judged;
  }

 private:
  std::shared_ptr<const Caller> last_ = {};
};

}  // namespace

Family ReplicaMutants() {
  Family family{.name = "replicas", .suites = {"replicas"}};

  family.Add({.name = "one-replica-takes-expired",
              .fault = "The last of three replicas takes tokens for a day after they expired.",
              .targets = {"echo"}},
             [](Hooks& hooks) {
               if (!IsReplica("3")) return;
               hooks.adjust_policy = [](TokenPolicy& policy) { policy.leeway = 86'400; };
             });

  family.Add({.name = "one-replica-wants-no-token",
              .fault = "The second of three replicas takes who shows no token for who came last.",
              .targets = {"echo"}},
             [](Hooks& hooks) {
               if (IsReplica("2")) hooks.wrap_authenticator = WrapIn<LastCaller, Authenticator>();
             });

  family.Add({.name = "one-replica-keeps-sessions",
              .fault = "The second of three replicas was not told to serve without sessions.",
              .targets = {"echo"}},
             [](Hooks& hooks) {
               if (IsReplica("2")) hooks.adjust_config = [](Config& config) { config.sessions = true; };
             });

  family.Add(
      {.name = "one-replica-refuses-its-first-caller",
       .fault = "The last of three replicas takes requests before it knows whom to believe, and refuses the first.",
       .targets = {"echo"}},
      [](Hooks& hooks) {
        if (!IsReplica("3")) return;
        hooks.on_request = [first = true](HttpRequest& request) mutable {
          if (request.headers.Find("Authorization") == nullptr || !std::exchange(first, false)) return;
          request.headers.Remove("Authorization");
        };
      });

  // The session was opened, somewhere, by somebody: it is believed without asking by whom.
  family.Add({.name = "serves-sessions-of-other-replicas",
              .fault = "Two of three replicas take a session id for one that another replica issued, whoever shows it.",
              .targets = {"echo"}},
             [](Hooks& hooks) {
               if (IsReplica("1")) return;
               hooks.adjust_config = [](Config& config) { config.sessions = false; };
               hooks.on_request = [](HttpRequest& request) { request.headers.Remove("Mcp-Session-Id"); };
             });

  return family;
}

}  // namespace iff
