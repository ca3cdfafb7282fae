// What the issuer says of a token when it is asked.
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

// -- outage-without-retry-after

class Curt final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;
  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    auto judging = InnerAuthenticator::Authenticate(std::move(request));
    Outcome outcome = co_await std::move(judging);
    if (outcome.ok() || outcome.error().status != 503) co_return outcome;
    Denial denial = outcome.error();
    denial.retry_after = std::chrono::seconds(0);
    co_return denial;
  }
};

}  // namespace

Family IntrospectionMutants() {
  Family family{.name = "introspection", .suites = {"introspection/session-ended", "introspection/unavailable"}};

  // Whoever logs out shuts the server for everybody.
  family.Add({.name = "ends-everybodys-session-with-one",
              .fault = "When the issuer has said of one token that it is not active, all are taken to be inactive.",
              .targets = {"jira"},
              .suites = {"revocation"}},
             [](Hooks& hooks) {
               const auto ended = std::make_shared<bool>(false);
               hooks.adjust_introspection = [ended](IntrospectionOptions& options) {
                 options.judge = [ended](const Result<HttpResponse>& answer, const Claims& claims) {
                   const Activity said = JudgeIntrospection(answer, claims);
                   if (said == Activity::kInactive) *ended = true;
                   return *ended ? Activity::kInactive : said;
                 };
               };
             });

  // What ended is remembered by person instead of by token: logging in again does not help.
  family.Add({.name = "holds-an-ended-session-against-the-person",
              .fault = "Whose session was ended once is refused ever after.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto ended = std::make_shared<std::set<std::string>>();
               hooks.adjust_introspection = [ended](IntrospectionOptions& options) {
                 options.judge = [ended](const Result<HttpResponse>& answer, const Claims& claims) {
                   const Activity said = JudgeIntrospection(answer, claims);
                   if (said == Activity::kInactive) ended->insert(claims.subject);
                   return ended->contains(claims.subject) ? Activity::kInactive : said;
                 };
               };
             });

  // The signature is right, and an outage of the issuer should not become one of the server: whoever keeps the server
  // from reaching it keeps a revoked token alive.
  family.Add({.name = "opens-when-introspection-fails",
              .fault = "Where the issuer does not say whether a token is active, it counts as active.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_introspection = [](IntrospectionOptions& options) {
                 options.judge = [](const Result<HttpResponse>& answer, const Claims& claims) {
                   const Activity said = JudgeIntrospection(answer, claims);
                   return said == Activity::kUnknown ? Activity::kActive : said;
                 };
               };
             });

  // Clients come back at once, all of them, again and again.
  family.Add({.name = "outage-without-retry-after",
              .fault = "An outage of the issuer is told without saying when to come back.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Curt, Authenticator>(); });

  // Set to a second, a server keeps what it was told for much longer: whoever is logged out stays in until the token
  // expires.
  family.Add({.name = "remembers-activity-for-ever",
              .fault = "A token that was active once is not asked about again for a day.",
              .targets = {"jira"},
              .suites = {"introspection/session-ended", "revocation"}},
             [](Hooks& hooks) {
               hooks.adjust_introspection = [](IntrospectionOptions& options) { options.ttl = std::chrono::hours(24); };
             });

  // The issuer is asked, as it should be, and answers with 200 and `active: false`. The status is looked at; neither
  // `active` nor what it is said of.
  family.Add({.name = "takes-any-introspection-answer",
              .fault = "An introspection answer lets the token pass, whatever it says.",
              .targets = {"jira"},
              .also = {"introspection/account-disabled", "introspection/anothers-answer"}},
             [](Hooks& hooks) {
               hooks.adjust_introspection = [](IntrospectionOptions& options) {
                 options.judge = [](const Result<HttpResponse>& answer, const Claims& claims) {
                   const Activity said = JudgeIntrospection(answer, claims);
                   return said == Activity::kUnknown ? said : Activity::kActive;
                 };
               };
             });

  // Closed in the end, and every request hangs until then.
  family.Add({.name = "waits-long-for-introspection",
              .fault = "The issuer has nine seconds to say whether a token is active.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_introspection = [](IntrospectionOptions& options) {
                 options.timeout = std::chrono::seconds(9);
               };
             });

  return family;
}

}  // namespace iff
