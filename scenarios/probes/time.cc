// How long each hop goes on taking what has ended: the server, Vault's role, its tokens and leases, the database.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "scenarios/probes/leeway.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr int64_t kMost = 600;  // nobody's clock is ten minutes wrong
constexpr std::chrono::seconds kAsk(5);

double SecondsOf(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

std::string Told(int64_t seconds) {
  return seconds > kMost ? "more than " + std::to_string(kMost) + " s" : std::to_string(seconds) + " s";
}

Finding Compared(const Result<int64_t>& measured, int64_t says, const std::string& what) {
  Finding finding{.expected = what + " for " + std::to_string(says) + " s, as it says, within 1 s"};
  if (!measured.ok()) {
    finding.could_not = measured.error().message();
    return finding;
  }
  finding.met = std::abs(*measured - says) <= 1;
  finding.observed = what + " for " + Told(*measured);
  return finding;
}

// Tokens of the caller with other times, presented where nothing but the token decides.
class ServerHop {
 public:
  ServerHop(Sandbox& sandbox, const Forge& forge, const Credential& full)
      : sandbox_(sandbox),
        forge_(forge),
        full_(full),
        question_(sandbox.client().OpenedByATokenAlone(full.principal)) {}

  const std::string& why_not() const { return question_.why_not; }
  Result<bool> Takes(const Json& times) {
    Credential credential;
    credential.value = TRY(forge_.Reissue(full_.value, times));
    sandbox_.principals().Keep("timed", full_.principal, std::move(credential));
    const SendOutcome sent =
        sandbox_.client().Send({.with = "timed"}, question_.method, question_.params, "a token with other times");
    if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
    if (sent.answer->status == 200 && sent.answer->HasResult()) return true;
    if (sent.answer->status == 401) return false;
    return Error(ErrorKind::kProtocol, "HTTP " + std::to_string(sent.answer->status) + " is neither taken nor refused");
  }

 private:
  Sandbox& sandbox_;
  const Forge& forge_;
  const Credential& full_;
  const TargetClient::Question question_;
};

// After its end, before its beginning, and before it was issued.
Result<ProbeOutcome> Leeway(Sandbox& sandbox, const Json& arguments) {
  const Credential* full = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/credential", ""));
  if (full == nullptr) return Error(ErrorKind::kInvalidInput, "leeway: want a credential");
  const int64_t says = AtOr<int64_t>(arguments, "/says", 0);
  const Forge forge = TRY(sandbox.principals().MakeForge());
  const Clock& clock = sandbox.context().clock;
  ServerHop server(sandbox, forge, *full);
  ProbeOutcome outcome;
  if (!server.why_not().empty()) {
    for (const char* finding : {"after-exp", "before-nbf", "before-iat"})
      outcome.findings[finding].inapplicable = server.why_not();
    return outcome;
  }
  const auto measure = [&](const std::function<Json(int64_t now, int64_t ago)>& times) {
    return MeasureLeeway(
        [&](int64_t ago) { return WithinOneSecond(clock, [&](int64_t now) { return server.Takes(times(now, ago)); }); },
        kMost);
  };
  const auto late =
      measure([](int64_t now, int64_t ago) { return Json{{"exp", now - ago}, {"iat", now - ago - 900}}; });
  // One that begins in exactly as many seconds as there is leeway is taken; one that ended so many ago is not.
  const auto before = [](Result<int64_t> first_refused) {
    if (first_refused.ok() && *first_refused <= kMost) --*first_refused;
    return first_refused;
  };
  const auto early =
      before(measure([](int64_t now, int64_t in) { return Json{{"nbf", now + in}, {"exp", now + 3000}}; }));
  const auto issued =
      before(measure([](int64_t now, int64_t in) { return Json{{"iat", now + in}, {"exp", now + 3000}}; }));
  outcome.findings["after-exp"] = Compared(late, says, "a token is taken after its end");
  outcome.findings["before-nbf"] = Compared(early, says, "a token is taken before its beginning");
  outcome.findings["before-iat"] = Compared(issued, says, "a token is taken before it was issued");
  return outcome;
}

// How long it took from `end` until `gone` said so; waits for `patience` after the end.
Result<double> Overrun(const Clock& clock, double end, std::chrono::seconds patience,
                       const std::function<Result<bool>()>& gone) {
  const double left = end - SecondsOf(clock.Now());
  const Deadline deadline =
      Deadline::In(patience + std::chrono::milliseconds(static_cast<int64_t>(std::max(0.0, left) * 1000)));
  const Result<void> waited = Eventually(deadline, gone);
  if (!waited.ok() && waited.error().kind() != ErrorKind::kTimeout) return waited.error();
  return SecondsOf(clock.Now()) - end;
}

Finding Ended(const Result<double>& overrun, const std::string& what, double bound) {
  Finding finding{.expected = what + " ends within " + std::to_string(static_cast<int>(bound)) + " s of its time"};
  if (!overrun.ok()) {
    finding.could_not = overrun.error().message();
    return finding;
  }
  finding.met = *overrun < bound;
  finding.observed = what + " ended " + std::to_string(static_cast<int>(std::ceil(std::max(0.0, *overrun)))) +
                     " s after its time" + (finding.met ? "" : ", or later");
  return finding;
}

constexpr double kBound = 4;
constexpr std::chrono::seconds kPatience(5);

// A session whose token ends is no longer one.
Result<ProbeOutcome> SessionEnd(Sandbox& sandbox, const Json& arguments) {
  const Credential* full = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/credential", ""));
  if (full == nullptr) return Error(ErrorKind::kInvalidInput, "session_end: want a credential");
  const Forge forge = TRY(sandbox.principals().MakeForge());
  const Clock& clock = sandbox.context().clock;
  const int64_t end = clock.NowSeconds() + 3;
  const Json times = {{"exp", end}};
  Credential brief;
  brief.value = TRY(forge.Reissue(full->value, times));
  sandbox.principals().Keep("brief", full->principal, std::move(brief));
  const auto status = [&]() -> Result<int> {
    const SendOutcome sent = sandbox.client().Send({.with = "brief", .revision = "2025-11-25"}, "tools/list",
                                                   Json::object(), "tools/list in a session");
    if (!sent.answer) return Error(ErrorKind::kProtocol, sent.silence);
    return sent.answer->status;
  };
  const int first = TRY(status());
  const auto overrun = Overrun(clock, static_cast<double>(end), kPatience, [&]() -> Result<bool> {
    const int now = TRY(status());
    return now == 401;
  });
  ProbeOutcome outcome;
  Finding finding = Ended(overrun, "a session", kBound);
  if (first != 200) finding.could_not = "the session did not begin: HTTP " + std::to_string(first);
  outcome.findings["session"] = std::move(finding);
  return outcome;
}

// Vault as one of its users sees it.
class VaultHop {
 public:
  explicit VaultHop(const Endpoint& endpoint) : client_(endpoint) {}

  struct Login {
    int status = 0;
    Secret token = {};
    std::string entity = {};
  };
  Result<Login> LogIn(const std::string& role, const Secret& jwt) {
    const HttpResponse answer = TRY(Ask("POST", "auth/jwt/login", "", Json{{"role", role}, {"jwt", jwt.Reveal()}}));
    Login login{.status = answer.status};
    if (answer.status != 200) return login;
    const Json body = TRY(ParseJson(answer.body));
    login.token = Secret(TRY(At<std::string>(body, "/auth/client_token")));
    login.entity = TRY(At<std::string>(body, "/auth/entity_id"));
    return login;
  }
  Result<HttpResponse> Ask(const std::string& method, const std::string& path, const std::string& token,
                           const Json& body = nullptr) {
    HttpRequest request;
    request.method = method;
    request.target = "/v1/" + path;
    if (!token.empty()) request.headers.Set("X-Vault-Token", token);
    if (!body.is_null()) request.body = Dump(body);
    return client_.Send(request, Deadline::In(kAsk));
  }
  Result<void> GiveBack(const Secret& token) {
    TRY(Ask("POST", "auth/token/revoke-self", token.Reveal()));
    return {};
  }

 private:
  HttpClient client_;
};

Result<Finding> RoleLeeway(Sandbox& sandbox, VaultHop& vault, const Credential& exchanged, int64_t says) {
  const Forge forge = TRY(sandbox.principals().MakeForge());
  const auto takes = [&](int64_t ago) {
    return WithinOneSecond(sandbox.context().clock, [&](int64_t now) -> Result<bool> {
      const Json times = {{"exp", now - ago}, {"iat", now - ago - 900}, {"nbf", now - ago - 900}};
      const Secret token = TRY(forge.Reissue(exchanged.value, times));
      const VaultHop::Login login = TRY(vault.LogIn("user", token));
      if (login.status == 200) TRY(vault.GiveBack(login.token));
      return login.status == 200;
    });
  };
  return Compared(MeasureLeeway(takes, kMost), says, "Vault takes a login after its token's end");
}

// What has a short life: a Vault token of a second, and the database login taken with it.
Result<void> ShortLives(Sandbox& sandbox, VaultHop& vault, const Credential& exchanged, ProbeOutcome& outcome) {
  const Clock& clock = sandbox.context().clock;
  RowSource* rows = TRY(sandbox.components().Find<RowSource>());
  const VaultHop::Login brief = TRY(vault.LogIn("brief", exchanged.value));
  if (brief.status != 200) return Error(ErrorKind::kRefused, "Vault's role 'brief': " + std::to_string(brief.status));
  // The role's second, whatever Vault made of it.
  const double end = SecondsOf(clock.Now()) + 1;
  const HttpResponse lent = TRY(vault.Ask("GET", "database/creds/" + brief.entity, brief.token.Reveal()));
  const Json lease = TRY(ParseJson(lent.body).While("read the database login"));
  const std::string login = TRY(At<std::string>(lease, "/data/username"));
  const int64_t lent_for = TRY(At<int64_t>(lease, "/lease_duration"));
  if (login.find('\'') != std::string::npos) return Error(ErrorKind::kProtocol, "a login with a quote in it");

  const Json until = TRY(rows->Query(
      "SELECT CASE WHEN isfinite(rolvaliduntil) THEN ceil(extract(epoch FROM rolvaliduntil - now()))::bigint::text "
      "ELSE 'never' END FROM pg_roles WHERE rolname = '" +
      login + "'"));
  const std::string valid_for = AtOr<std::string>(until, "/rows/0/0", "");
  Finding role{.expected = "the database ends a login at most 60 s after its lease"};
  if (valid_for == "never") {
    role.observed = "the database would never end it";
  } else if (valid_for.empty() || valid_for.find_first_not_of("-0123456789") != std::string::npos) {
    role.could_not = "the database knows no " + login;
  } else {
    const int64_t beyond = std::strtoll(valid_for.c_str(), nullptr, 10) - lent_for;
    role.met = beyond <= 60;
    role.observed = "the database would end it " + std::to_string(beyond) + " s after its lease";
  }
  outcome.findings["database-role"] = std::move(role);

  const auto token_gone = [&]() -> Result<bool> {
    const HttpResponse answer =
        TRY(vault.Ask("GET", "secret/data/users/" + brief.entity + "/github", brief.token.Reveal()));
    return answer.status == 403;
  };
  const auto lease_gone = [&]() -> Result<bool> {
    const Json seen = TRY(rows->Query("SELECT count(*) FROM pg_roles WHERE rolname = '" + login + "' AND rolcanlogin"));
    return AtOr<std::string>(seen, "/rows/0/0", "1") == "0";
  };
  outcome.findings["vault-token"] = Ended(Overrun(clock, end, kPatience, token_gone), "a Vault token", kBound);
  outcome.findings["lease"] = Ended(Overrun(clock, end, kPatience, lease_gone), "a database login", kBound);
  return {};
}

Result<ProbeOutcome> HopsBehind(Sandbox& sandbox, const Json& arguments) {
  const Component* component = sandbox.context().environment.FindComponent("vault");
  const Credential* full = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/credential", ""));
  if (component == nullptr || full == nullptr) {
    return Error(ErrorKind::kInvalidInput, "hops_behind: want a credential, and a component called vault");
  }
  TokenIssuer* issuer = TRY(sandbox.principals().Issuer());
  const Credential exchanged = TRY(issuer->Exchange(*full, AtOr<std::string>(arguments, "/client", ""), "vault"));
  VaultHop vault(component->endpoint());
  ProbeOutcome outcome;
  outcome.findings["vault-role"] =
      TRY(RoleLeeway(sandbox, vault, exchanged, AtOr<int64_t>(arguments, "/vault_says", 0)));
  TRY(ShortLives(sandbox, vault, exchanged, outcome));
  return outcome;
}

}  // namespace

void AddTimeProbes(ProbeSet& probes) {
  probes["leeway"] = {Leeway, Aftermath::kUnknown, Asks::kAuthentication};
  probes["session_end"] = {SessionEnd, Aftermath::kUnknown, Asks::kAuthentication};
  probes["hops_behind"] = HopsBehind;
}

}  // namespace iff
