// Who may call what, and what a refusal says: scopes, lists, challenges, metadata.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/jose/token.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/remembering.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- challenge-names-error-without-credentials

class ChallengeNamesErrorWithoutCredentialsChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    Denial other = denial;
    if (other.error.empty()) other.error = "invalid_token";
    return inner_->Challenge(other);
  }
};

// -- challenge-without-metadata

class ChallengeWithoutMetadataChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    return denial.error.empty() ? "Bearer" : "Bearer error=\"" + denial.error + "\"";
  }
};

// -- forbids-strangers

class Forbidding final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (judged.ok() || judged.error().reason != "no_credentials") co_return judged;
    Denial denial = judged.error();
    denial.status = 403;
    co_return denial;
  }
};

// -- hides-what-needs-no-scope

class Demanding final : public Authorizer {
 public:
  bool May(const Caller& caller, const std::string& scope) const override {
    return !scope.empty() && caller.Has(scope);
  }
};

// -- ignores-scopes

class Anything final : public Authorizer {
 public:
  bool May(const Caller&, const std::string&) const override { return true; }
};

// -- lists-hidden-tools

// Callers who are asking for a list, by the id of their request.
using Listing = std::set<std::string>;

class ListsHiddenToolsNoting final : public InnerAuthenticator {
 public:
  ListsHiddenToolsNoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<Listing> listing)
      : InnerAuthenticator(std::move(inner)), listing_(std::move(listing)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() && MethodOf(*request) == "tools/list") listing_->insert(judged.value()->correlation);
    co_return judged;
  }

 private:
  std::shared_ptr<Listing> listing_;
};

class Showing final : public Authorizer {
 public:
  explicit Showing(std::shared_ptr<Listing> listing) : listing_(std::move(listing)) {}
  bool May(const Caller& caller, const std::string& scope) const override {
    return listing_->contains(caller.correlation) || caller.Has(scope);
  }

 private:
  std::shared_ptr<Listing> listing_;
};

// -- hides-and-serves

// What only admins are listed is open to whoever calls it.
class OpenAtTheCall final : public Authorizer {
 public:
  explicit OpenAtTheCall(std::shared_ptr<Listing> listing) : listing_(std::move(listing)) {}
  bool May(const Caller& caller, const std::string& scope) const override {
    return (scope == "admin" && !listing_->contains(caller.correlation)) || caller.Has(scope);
  }

 private:
  std::shared_ptr<Listing> listing_;
};

Task<ToolResult> TellingOfOthers(std::shared_ptr<Remembered> remembered, ToolCall call) {
  co_return ToolResult::Text(remembered->OfOthers(call.caller->claims.subject));
}

void OfferToAdmins(Offer& offer, std::shared_ptr<Remembered> remembered) {
  Tool all{.name = "export_all", .description = "What everybody was answered.", .scope = "admin"};
  all.run = [remembered](ToolCall call) { return TellingOfOthers(remembered, std::move(call)); };
  offer.tools.push_back(std::move(all));
}

// -- metadata-without-issuer

class LeavingOutIssuer final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Json Metadata() const override {
    Json document = inner_->Metadata();
    document.erase("authorization_servers");
    return document;
  }
};

// -- no-challenge-without-credentials

class NoChallengeWithoutCredentialsChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    return denial.error.empty() ? "" : inner_->Challenge(denial);
  }
};

// -- reads-scopes-anywhere

class ReadingEverywhere final : public AlteredCallers {
 public:
  using AlteredCallers::AlteredCallers;

 protected:
  void Alter(Caller& caller) override {
    const auto token = DecodeUnverified(caller.token.Reveal());
    const Json* const found = token.ok() ? Find(token->payload, "/scp") : nullptr;
    if (found == nullptr || !found->is_array()) return;
    for (const Json& scope : *found) caller.claims.scopes.insert(scope.get<std::string>());
  }
};

// -- refusal-without-scope

class RefusalWithoutScopeChallenging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    if (denial.error == "insufficient_scope") return "Bearer error=\"insufficient_scope\"";
    return inner_->Challenge(denial);
  }
};

// -- refusal-blames-the-token

class BlamesTheToken final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  std::string Challenge(const Denial& denial) const override {
    if (denial.error != "insufficient_scope") return inner_->Challenge(denial);
    return "Bearer error=\"invalid_token\"";
  }
};

// -- scope-by-prefix

class ByPrefix final : public Authorizer {
 public:
  bool May(const Caller& caller, const std::string& scope) const override {
    const std::set<std::string>& held = caller.claims.scopes;
    return scope.empty() ||
           std::any_of(held.begin(), held.end(), [&](const std::string& each) { return each.starts_with(scope); });
  }
};

// -- session-id-as-identity

class BySession final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    if (const auto known = opened_by_.find(session); known != opened_by_.end()) co_return known->second;
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() && !session.empty()) opened_by_[session] = judged.value();
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

// -- tools-list-unauthenticated

class Open final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    const std::string method = MethodOf(*request);
    if (judged.ok() || !judged.error().error.empty() || method == "tools/call") co_return judged;
    auto nobody = std::make_shared<Caller>();
    nobody->claims.subject = "nobody";
    co_return std::shared_ptr<const Caller>(std::move(nobody));
  }
};

}  // namespace

Family AccessMutants() {
  Family family{.name = "access",
                .suites = {"tokens/presenting", "tokens/every-method", "tokens/scopes", "tokens/effects",
                           "tokens/client-and-subject", "audit", "protocol", "isolation/session-is-no-identity",
                           "isolation/whoami", "isolation/upstream-credentials", "rate_limit", "lifetime/tokens",
                           "missing_credential"}};

  // A client cannot find out what the server can do.
  family.Add({.name = "answers-methods-nobody-knows",
              .fault = "A method that nobody knows is answered like a list of the tools.",
              .targets = {"jira"},
              .suites = {"protocol", "tokens/every-method"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 if (MethodOf(request).starts_with("no/")) AskFor(request, "tools/list");
               };
             });

  // Whoever follows a list then never comes to its end; and a cursor that is read leniently says where in somebody's
  // list one is.
  family.Add({.name = "begins-anew-at-odd-cursors",
              .fault = "From a cursor that is none, a list begins anew.",
              .targets = {"jira"},
              .suites = {"protocol"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 Result<Json> message = ParseJson(request.body);
                 if (!message.ok() || Find(message.value(), "/params/cursor") == nullptr) return;
                 message.value()["params"].erase("cursor");
                 request.body = Dump(message.value());
               };
             });

  family.Add({.name = "challenge-names-error-without-credentials",
              .fault = "Who comes without a token is told that the token is invalid.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.wrap_authenticator = WrapIn<ChallengeNamesErrorWithoutCredentialsChallenging, Authenticator>();
             });

  // Every refusal of a token is a dead end for the client; so every check of a refusal fails.
  family.Add(
      {.name = "challenge-without-metadata",
       .fault = "A challenge does not say where the metadata is.",
       .targets = {"jira"},
       .also = {"tokens", "lifetime/verdict-cache", "lifetime/key-rotation"}},
      [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<ChallengeWithoutMetadataChallenging, Authenticator>(); });

  // Whatever reads the answer, a model for example, then has it.
  family.Add({.name = "echoes-token", .fault = "whoami shows the token it was called with.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_result = [](ToolResult& result, const Caller& caller) {
                 if (result.structured.contains("entity_id")) result.structured["token"] = caller.token.Reveal();
                 result.content = Json::array();
               };
             });

  // 403 says that no credential would help.
  family.Add({.name = "forbids-strangers",
              .fault = "Who comes without a token is forbidden, not asked for one.",
              .targets = {"jira"},
              .suites = {"audit", "tokens/presenting"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Forbidding, Authenticator>(); });

  // Hidden was thought to be enough.
  family.Add({.name = "hides-and-serves",
              .fault = "A tool that only admins are listed answers whoever calls it.",
              .targets = {"jira"},
              .suites = {"arguments", "isolation/own-things"}},
             [](Hooks& hooks) {
               const auto listing = std::make_shared<Listing>();
               const auto remembered = std::make_shared<Remembered>();
               RememberResults(hooks, remembered);
               hooks.adjust_offer = [remembered, remembers = hooks.adjust_offer](Offer& offer) {
                 remembers(offer);
                 OfferToAdmins(offer, remembered);
               };
               hooks.wrap_authenticator = [listing](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<ListsHiddenToolsNoting>(std::move(right), listing);
               };
               hooks.wrap_authorizer = [listing](std::shared_ptr<Authorizer>) {
                 return std::make_shared<OpenAtTheCall>(listing);
               };
             });

  // An empty list of scopes is read as one that nobody can meet.
  family.Add({.name = "hides-what-needs-no-scope",
              .fault = "Who needs no scope for a tool is neither shown it nor let in.",
              .targets = {"jira"},
              .suites = {"protocol", "tokens/every-method"}},
             [](Hooks& hooks) {
               hooks.wrap_authorizer = [](std::shared_ptr<Authorizer>) { return std::make_shared<Demanding>(); };
             });

  family.Add({.name = "ignores-scopes",
              .fault = "Every token opens every tool.",
              .targets = {"jira"},
              .also = {"authorization"}},
             [](Hooks& hooks) {
               hooks.wrap_authorizer = [](std::shared_ptr<Authorizer>) { return std::make_shared<Anything>(); };
             });

  // A misspelt restriction is then no restriction.
  family.Add({.name = "ignores-unknown-arguments",
              .fault = "Arguments a tool does not know are passed over.",
              .targets = {"jira"},
              .also = {"cross_subject/chosen-names"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) tool.input_schema["additionalProperties"] = true;
               };
             });

  // Discovery is the first thing a client of revision 2026-07-28 does.
  family.Add({.name = "knows-no-discovery",
              .fault = "A client that asks what the server can do is told that there is no such method.",
              .targets = {"jira"},
              .suites = {"protocol", "tokens/every-method"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 if (MethodOf(request) == "server/discover") AskFor(request, "server/describe");
               };
             });

  family.Add({.name = "lists-hidden-tools",
              .fault = "Tools are listed to people who may not call them.",
              .targets = {"jira"},
              .also = {"authorization"}},
             [](Hooks& hooks) {
               const auto listing = std::make_shared<Listing>();
               hooks.wrap_authenticator = [listing](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<ListsHiddenToolsNoting>(std::move(right), listing);
               };
               hooks.wrap_authorizer = [listing](std::shared_ptr<Authorizer>) {
                 return std::make_shared<Showing>(listing);
               };
             });

  // A token that somebody wrongly put into the address is in the log, though it opened nothing.
  family.Add({.name = "logs-every-address",
              .fault = "Every request's target is logged, with its query.",
              .targets = {"jira"},
              .suites = {"tokens/presenting", "doors/other-paths"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 Log(LogLevel::kInfo, "request", {{"target", request.target}});
               };
             });

  family.Add({.name = "metadata-anywhere", .fault = "Metadata are served under any path.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 if (request.target.starts_with("/.well-known/oauth-protected-resource")) {
                   request.target = "/.well-known/oauth-protected-resource/mcp";
                 }
               };
             });

  // A client learns that it needs a token, and not from whom.
  family.Add({.name = "metadata-without-issuer",
              .fault = "Metadata name no authorization server.",
              .targets = {"jira"},
              .suites = {"protocol", "tokens/every-method"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<LeavingOutIssuer, Authenticator>(); });

  // Clients cannot discover the authorization server.
  family.Add({.name = "no-challenge-without-credentials",
              .fault = "Who comes without a token is refused and not told where to get one.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.wrap_authenticator = WrapIn<NoChallengeWithoutCredentialsChallenging, Authenticator>();
             });

  // Another issuer's `scp`, a role called like a scope: whoever can set one of them gives themselves rights.
  family.Add({.name = "reads-scopes-anywhere",
              .fault = "A scope counts in whatever claim it stands.",
              .targets = {"jira"},
              .suites = {"tokens/scopes"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<ReadingEverywhere, Authenticator>(); });

  // Clients cannot step up.
  // A client that is told so throws its token away, and never asks for the scope it lacks.
  family.Add({.name = "refusal-blames-the-token",
              .fault = "Who lacks a scope is told that the token is invalid.",
              .targets = {"jira"},
              .also = {"authorization"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<BlamesTheToken, Authenticator>(); });

  family.Add({.name = "refusal-without-scope", .fault = "Who lacks a scope is not told which.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<RefusalWithoutScopeChallenging, Authenticator>(); });

  family.Add({.name = "scope-by-prefix",
              .fault = "A scope that only begins like the one needed will do.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.wrap_authorizer = [](std::shared_ptr<Authorizer>) { return std::make_shared<ByPrefix>(); };
             });

  // A session id that leaks, or is guessed, is then a credential.
  family.Add({.name = "session-id-as-identity",
              .fault = "Who has a session id is who opened that session.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<BySession, Authenticator>(); });

  // Only tools/call is guarded, as if the rest were harmless.
  family.Add({.name = "tools-list-unauthenticated", .fault = "Lists are given to anybody.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Open, Authenticator>(); });

  family.Add({.name = "writes-without-scope",
              .fault = "The reading scope is enough for writing.",
              .targets = {"jira", "postgres"},
              .also = {"authorization"}},
             [](Hooks& hooks) {
               // A tool for writing is offered under the scope for reading.
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   const size_t use = tool.scope.find(":write");
                   if (use != std::string::npos) tool.scope.replace(use, std::string::npos, ":read");
                 }
               };
               // And a statement that writes is run as if the caller might.
               hooks.judge_sql = [](const std::string&, bool) { return std::optional<std::string>(); };
               hooks.sql_rules = WritesForEverybody();
             });

  return family;
}

}  // namespace iff
