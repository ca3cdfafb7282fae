// Credentials: whose is fetched, kept and used, and for how long.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "servers/mutants/callers.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- current-user-is-global

struct Current {
  std::string user = {};
  std::map<std::string, std::string> authorization = {};  // user -> as it was last sent for them
};

class Setting final : public InnerAuthenticator {
 public:
  Setting(std::shared_ptr<Authenticator> inner, std::shared_ptr<Current> current)
      : InnerAuthenticator(std::move(inner)), current_(std::move(current)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok()) current_->user = judged.value()->claims.subject;
    co_return judged;
  }

 private:
  std::shared_ptr<Current> current_;
};

// -- renews-everybodys-login

Task<ToolResult> Renewing(std::shared_ptr<Callers> callers, ToolRun run, ToolRun look, ToolCall call) {
  for (const std::shared_ptr<const Caller>& other : callers->Besides(*call.caller)) {
    ToolCall theirs;
    theirs.caller = other;
    (void)co_await look(std::move(theirs));
  }
  ToolResult result = co_await run(std::move(call));
  co_return result;
}

// -- token-file-of-the-last-writer

// As a command-line tool keeps the one login it has.
class TokenFile {
 public:
  TokenFile() {
    std::string name =
        std::string(std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp") + "/iff-mutant-XXXXXX";
    const int descriptor = mkstemp(name.data());
    if (descriptor >= 0) close(descriptor);
    path_ = descriptor >= 0 ? name : "";
  }
  ~TokenFile() { unlink(path_.c_str()); }

  void Write(const std::string& token) const { std::ofstream(path_, std::ios::trunc) << token; }
  std::string Read() const {
    std::string token;
    std::ifstream in(path_);
    std::getline(in, token);
    return token;
  }

 private:
  std::string path_;
};

struct Logins {
  TokenFile file = {};
  std::map<std::string, std::string> known = {};  // subject -> Authorization
};

class Writing final : public InnerAuthenticator {
 public:
  Writing(std::shared_ptr<Authenticator> inner, std::shared_ptr<Logins> logins)
      : InnerAuthenticator(std::move(inner)), logins_(std::move(logins)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok()) logins_->file.Write(logins_->known[judged.value()->claims.subject]);
    co_return judged;
  }

 private:
  std::shared_ptr<Logins> logins_;
};

}  // namespace

Family CredentialMutants() {
  Family family{.name = "credentials",
                .suites = {"audit", "cross_subject", "isolation", "missing_credential", "lifetime", "protocol",
                           "rate_limit", "tokens/scopes", "tokens/effects", "tokens/presenting"}};

  family.Add({.name = "acts-for-the-refused-as-the-last",
              .fault = "Whom the issuer or Vault refuses is served with the credential that was used last.",
              .targets = {"jira"},
              .suites = {"behind/undeclared"}},
             [](Hooks& hooks) {
               const auto last = std::make_shared<std::optional<Credential>>();
               hooks.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) {
                 *last = credential;
               };
               hooks.fallback = [last](const Caller&, const std::string&, const Failure& failure) {
                 return failure.code == "forbidden" ? *last : std::nullopt;
               };
             });

  // Everybody uses the same client, so everybody gets the credential of whoever came first.
  family.Add({.name = "cache-key-without-subject",
              .fault = "A fetched credential is kept for the client, not for the person.",
              .targets = {"jira"},
              .also = {"crowd"},
              // As only the first one's own things can be shown by it, and the first one may be none of the matrix.
              .sometimes = {"nothing-foreign-anywhere", "off-diagonal-is-empty"}},
             [](Hooks& hooks) {
               hooks.cache_key = [](const Caller& caller, const std::string& target) {
                 return caller.claims.client + " " + target;
               };
             });

  // One after the other everybody gets their own. While a credential is fetched for one person, the next one comes in
  // and is the current user.
  family.Add(
      {.name = "current-user-is-global",
       .fault = "Who the current user is, is one variable for all requests.",
       .targets = {"jira", "github"},
       .suites = {"noninterference", "isolation/own-things", "isolation/matrix", "cross_subject"},
       .sometimes = {"diagonal-is-full", "nothing-foreign-anywhere", "off-diagonal-is-empty"}},
      [](Hooks& hooks) {
        const auto current = std::make_shared<Current>();
        hooks.wrap_authenticator = [current](std::shared_ptr<Authenticator> right) -> std::shared_ptr<Authenticator> {
          return std::make_shared<Setting>(std::move(right), current);
        };
        // By now the caller's credential has been fetched, and somebody else may have come.
        hooks.on_upstream_request = [current](HttpRequest& request, const Caller& caller, const Credential&) {
          current->authorization[caller.claims.subject] = request.headers.Get("Authorization");
          const std::string& theirs = current->authorization[current->user];
          if (!theirs.empty()) request.headers.Set("Authorization", theirs);
        };
      });

  family.Add({.name = "error-text-leaks-secret",
              .fault = "An error message quotes the request that failed, credential included.",
              .targets = {"jira"},
              // As what is quoted depends on what was asked just before.
              .sometimes = {"disabled-entity-gets-nothing", "loss-uses-nobody-elses", "nothing-foreign-anywhere",
                            "off-diagonal-is-empty"}},
             [](Hooks& hooks) {
               const auto sent = std::make_shared<std::string>();
               hooks.on_upstream_request = [sent](HttpRequest&, const Caller&, const Credential& credential) {
                 *sent = credential.Field("api_token").Reveal();
               };
               hooks.decorate_error = [sent](Failure& failure, const std::string& detail) {
                 failure.message += " (" + detail + ", sent with " + *sent + ")";
               };
             });

  // Meant kindly: better a common account than an error.
  family.Add({.name = "falls-back-to-service-account",
              .fault = "Who has no credential acts with another's.",
              .targets = {"jira"},
              // As many ask at the same moment, and who has nothing may be the first.
              .sometimes = {"nothing-foreign-anywhere", "off-diagonal-is-empty"}},
             [](Hooks& hooks) {
               const auto last = std::make_shared<std::optional<Credential>>();
               hooks.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) {
                 *last = credential;
               };
               hooks.fallback = [last](const Caller&, const std::string&, const Failure& failure) {
                 return failure.code == "missing_credential" ? *last : std::nullopt;
               };
             });

  // Whoever answers in Vault's place once gets everybody's tokens from then on.
  family.Add({.name = "follows-vault-anywhere",
              .fault = "Where Vault says that it has moved to, the server goes, and takes tokens along.",
              .targets = {"jira", "github", "postgres"},
              .suites = {"behind/moved"}},
             [](Hooks& hooks) { hooks.wrap_vault_client = FollowingRedirects; });

  // What is taken away in Vault goes on working here.
  family.Add({.name = "keeps-credential-after-loss",
              .fault = "A credential is kept for ever once it was fetched.",
              .targets = {"jira"},
              .also = {"revocation/person", "revocation/vault-token"}},
             [](Hooks& hooks) { hooks.credential_rules = KeepsWhatEnded(); });

  // An application that may log in as itself is one of the people then, and the kindest fallback gives it somebody's
  // things.
  family.Add(
      {.name = "lets-in-who-speaks-for-itself",
       .fault = "Whatever client a token was given to, it is taken; and who has no credential acts with the last one.",
       .targets = {"jira"},
       .suites = {"behind/service-account"}},
      [](Hooks& hooks) {
        hooks.adjust_policy = [](TokenPolicy& policy) { policy.clients.clear(); };
        const auto last = std::make_shared<std::optional<Credential>>();
        hooks.on_upstream_request = [last](HttpRequest&, const Caller&, const Credential& credential) {
          *last = credential;
        };
        hooks.fallback = [last](const Caller&, const std::string&, const Failure&) { return *last; };
      });

  // Nothing else looks wrong: everybody gets what is theirs. Whoever sees the server's way to Vault has a token for
  // the server, and every server of the realm that gets one can log in at Vault as whoever sent it.
  family.Add(
      {.name = "logs-in-with-the-callers-token",
       .fault = "The caller's own token goes to Vault's login (`IFF_CREDENTIAL_MODE=passthrough`), and Vault takes it.",
       .targets = {"jira"},
       .suites = {"isolation"},
       .system = {"vault.audience=mcp-jira"}},
      [](Hooks& hooks) {
        hooks.adjust_settings = [](Settings& settings) { settings["IFF_CREDENTIAL_MODE"] = "passthrough"; };
      });

  family.Add({.name = "no-single-flight",
              .fault = "First calls of one person that come together each log in.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.credential_rules = SharesNoFetch(); });

  // Whoever runs the upstream can then act as the caller here.
  family.Add({.name = "passes-token-upstream",
              .fault = "The caller's token is offered to the upstream before its own credential.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto tried = std::make_shared<std::set<std::string>>();
               hooks.on_upstream_request = [tried](HttpRequest& request, const Caller& caller, const Credential&) {
                 // The upstream refuses it, and the second attempt is the right one.
                 if (tried->insert(caller.correlation).second) {
                   request.headers.Set("Authorization", "Bearer " + caller.token.Reveal());
                 }
               };
             });

  // Nothing is mixed up, and Vault can no longer tell who asked for what.
  family.Add({.name = "renews-everybodys-login",
              .fault = "Whoever calls, the logins of all who called before are used to look after their credentials.",
              .targets = {"jira"},
              .suites = {"isolation/own-things", "cross_subject/others-things", "missing_credential/no-jira",
                         "cross_subject/chosen-names"}},
             [](Hooks& hooks) {
               const auto callers = std::make_shared<Callers>();
               hooks.adjust_offer = [callers](Offer& offer) {
                 const ToolRun look = RunOf(offer, "whoami");
                 NoteCallers(offer, callers);
                 for (Tool& tool : offer.tools) {
                   tool.run = [callers, look, run = tool.run](ToolCall call) {
                     return Renewing(callers, run, look, std::move(call));
                   };
                 }
               };
             });

  // Vault sees nothing wrong: only the upstream knows who was asked for.
  family.Add({.name = "shared-credential",
              .fault = "Each caller's credential is fetched, and the first one is used for all.",
              .targets = {"jira"},
              .also = {"crowd", "authorization"}},
             [](Hooks& hooks) {
               const auto first = std::make_shared<std::string>();
               hooks.on_upstream_request = [first](HttpRequest& request, const Caller&, const Credential&) {
                 if (first->empty()) *first = request.headers.Get("Authorization");
                 request.headers.Set("Authorization", *first);
               };
             });

  // Vault refuses one that is not for it. One that names both it believes, whoever it is about, and whom nobody
  // declared is somebody there from then on.
  family.Add({.name = "shows-vault-the-callers-token",
              .fault = "Vault is sent the token that the server was sent, as it is.",
              .targets = {"jira"},
              .suites = {"behind/exchanged", "behind/undeclared"}},
             [](Hooks& hooks) {
               hooks.login_token = [](const Caller& caller) -> std::optional<Secret> { return caller.token; };
             });

  // As a server does that runs a command-line tool with a login file. Between writing and reading, somebody else
  // writes.
  family.Add(
      {.name = "token-file-of-the-last-writer",
       .fault =
           "The credential of a request is written into one file when it comes, and read from there when it is used.",
       .targets = {"github"},
       .suites = {"noninterference", "isolation/own-things", "isolation/matrix", "cross_subject"},
       .sometimes = {"diagonal-is-full", "nothing-foreign-anywhere", "off-diagonal-is-empty"}},
      [](Hooks& hooks) {
        const auto logins = std::make_shared<Logins>();
        hooks.wrap_authenticator = [logins](std::shared_ptr<Authenticator> right) -> std::shared_ptr<Authenticator> {
          return std::make_shared<Writing>(std::move(right), logins);
        };
        hooks.on_upstream_request = [logins](HttpRequest& request, const Caller& caller, const Credential&) {
          logins->known[caller.claims.subject] = request.headers.Get("Authorization");
          const std::string written = logins->file.Read();
          if (!written.empty()) request.headers.Set("Authorization", written);
        };
      });

  // A name can be chosen by whoever registers. Vault's policy, by entity id, refuses every such path: nobody gets
  // anything, which is the point of the second lock.
  family.Add({.name = "username-decides-path",
              .fault = "The path in Vault is made from the name in the token, not from the entity Vault knows.",
              .targets = {"jira"},
              .also = {"crowd"}},
             [](Hooks& hooks) {
               hooks.secret_path = [](const Caller& caller, const std::string&, const std::string& target) {
                 return "users/" + caller.claims.username + "/" + target;
               };
             });

  return family;
}

}  // namespace iff
