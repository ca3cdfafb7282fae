// What lies behind a server, asked directly: Vault's paths, the database's roles.
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// One request to Vault as whoever holds `token`, which may be empty; with a body it is a POST.
Result<HttpResponse> Ask(HttpClient& vault, const std::string& target, const Secret& token,
                         const Json& body = nullptr) {
  HttpRequest request;
  request.target = target;
  if (!token.empty()) request.headers.Set("X-Vault-Token", token.Reveal());
  if (!body.is_null()) {
    request.method = "POST";
    request.headers.Set("Content-Type", "application/json");
    request.body = Dump(body);
  }
  return vault.Send(request, Deadline::In(std::chrono::seconds(5)));
}

Result<int> StatusAt(HttpClient& vault, const std::string& target, const Secret& token) {
  return TRY(Ask(vault, target, token)).status;
}

// Logs in at Vault with a token; the status, and token, its accessor and entity if it was taken.
struct VaultLogin {
  int status = 0;
  Secret token = {};
  std::string accessor = {};
  std::string entity = {};
};
Result<VaultLogin> LogIn(HttpClient& vault, const Secret& token) {
  const HttpResponse answer =
      TRY(Ask(vault, "/v1/auth/jwt/login", Secret(), Json{{"role", "user"}, {"jwt", token.Reveal()}}));
  if (answer.status >= 500)
    return Error(ErrorKind::kUnavailable, "log in at Vault: HTTP " + std::to_string(answer.status));
  VaultLogin login{.status = answer.status};
  if (answer.status != 200) return login;
  const Json body = TRY(ParseJson(answer.body));
  login.token = Secret(TRY(At<std::string>(body, "/auth/client_token")));
  login.accessor = TRY(At<std::string>(body, "/auth/accessor"));
  login.entity = TRY(At<std::string>(body, "/auth/entity_id"));
  return login;
}

Result<void> GiveBack(HttpClient& vault, const Secret& token) {
  TRY(Ask(vault, "/v1/auth/token/revoke-self", token, Json::object()));
  return {};
}

// What Vault's interface offers to act upon others by: each has to be forbidden, whatever else it would have said.
struct Forbidden {
  std::string path = {};  // below /v1/
  Json body = nullptr;    // null: it is only asked for
};

// One finding for all of them; it is met if every answer is 403. What a token was made by is given back.
Result<Finding> AllForbidden(HttpClient& vault, const Secret& token, const std::vector<Forbidden>& all) {
  Finding finding{.met = true, .expected = "HTTP 403 for each"};
  for (const Forbidden& each : all) {
    const HttpResponse answer = TRY(Ask(vault, "/v1/" + each.path, token, each.body));
    if (answer.status == 403) continue;
    finding.met = false;
    finding.observed += (finding.observed.empty() ? "" : ", ") + each.path + ": HTTP " + std::to_string(answer.status);
    const Result<Json> body = ParseJson(answer.body);
    const std::string made = body.ok() ? AtOr<std::string>(*body, "/auth/client_token", "") : "";
    if (!made.empty()) TRY(GiveBack(vault, Secret(made)));
  }
  if (finding.met) finding.observed = "HTTP 403 for " + std::to_string(all.size());
  return finding;
}

// A database login that was taken for the owner, and what the database says of it.
struct DatabaseLogin {
  std::string lease = {};
  std::string name = {};
};
Result<DatabaseLogin> TakeDatabaseLogin(HttpClient& vault, const VaultLogin& owner) {
  const HttpResponse answer = TRY(Ask(vault, "/v1/database/creds/" + owner.entity, owner.token));
  if (answer.status != 200) {
    return Error(ErrorKind::kRefused, "the owner gets no database login: HTTP " + std::to_string(answer.status));
  }
  const Json body = TRY(ParseJson(answer.body));
  DatabaseLogin login;
  login.lease = TRY(At<std::string>(body, "/lease_id"));
  login.name = TRY(At<std::string>(body, "/data/username"));
  return login;
}
Result<std::string> SeenByDatabase(RowSource& rows, const DatabaseLogin& login) {
  const Json seen =
      TRY(rows.Query("SELECT rolcanlogin, rolvaliduntil FROM pg_roles WHERE rolname = '" + login.name + "'"));
  return Dump(AtOr<Json>(seen, "/rows", Json::array()));
}

// `own` at the leases, tokens and folders of `other`, looking before touching, and what is left of them afterwards.
// `secret` is one that `other` reads.
Result<void> ActUpon(Sandbox& sandbox, HttpClient& vault, const VaultLogin& own, const VaultLogin& other,
                     const std::string& secret, ProbeOutcome& outcome) {
  RowSource* rows = TRY(sandbox.components().Find<RowSource>());
  const DatabaseLogin login = TRY(TakeDatabaseLogin(vault, other));
  const std::string before = TRY(SeenByDatabase(*rows, login));
  const Json lease = Json{{"lease_id", login.lease}};
  const Json accessor = Json{{"accessor", other.accessor}};
  const std::string prefix = "database/creds/" + other.entity;
  outcome.findings["others-folders-are-forbidden"] =
      TRY(AllForbidden(vault, own.token,
                       {{"secret/metadata/users?list=true"},
                        {"secret/metadata/users/" + other.entity + "?list=true"},
                        {"secret/metadata/users/" + other.entity + "/jira"}}));
  const int own_folder = TRY(StatusAt(vault, "/v1/secret/metadata/users/" + own.entity + "?list=true", own.token));
  if (own_folder != 200) outcome.findings["others-folders-are-forbidden"].could_not = "one's own is not listed either";
  outcome.findings["further-tokens-are-forbidden"] = TRY(AllForbidden(vault, own.token,
                                                                      {{"auth/token/create", Json::object()},
                                                                       {"auth/token/create", Json{{"period", "24h"}}},
                                                                       {"auth/token/create", Json{{"no_parent", true}}},
                                                                       {"auth/token/create-orphan", Json::object()}}));
  outcome.findings["anothers-lease-is-forbidden"] =
      TRY(AllForbidden(vault, own.token,
                       {{"sys/leases/lookup", lease},
                        {"sys/leases/lookup/" + prefix + "?list=true"},
                        {"sys/leases/renew", lease},
                        {"sys/renew", lease},
                        {"sys/revoke", lease},
                        {"sys/leases/revoke", lease},
                        {"sys/leases/revoke-prefix/" + prefix, Json::object()}}));
  outcome.findings["anothers-accessor-is-forbidden"] = TRY(AllForbidden(vault, own.token,
                                                                        {{"auth/token/accessors?list=true"},
                                                                         {"auth/token/lookup-accessor", accessor},
                                                                         {"auth/token/renew-accessor", accessor},
                                                                         {"auth/token/revoke-accessor", accessor}}));
  const int still_reads = TRY(StatusAt(vault, secret, other.token));
  const std::string after = TRY(SeenByDatabase(*rows, login));
  outcome.findings["anothers-login-is-untouched"] = {
      .met = still_reads == 200 && before == after && before != "[]",
      .expected = "HTTP 200, database login " + before,
      .observed = "HTTP " + std::to_string(still_reads) + ", database login " + after};
  return {};
}

Result<ProbeOutcome> VaultPaths(Sandbox& sandbox, const Json& arguments) {
  const Component* component = sandbox.context().environment.FindComponent("vault");
  if (component == nullptr) return Error(ErrorKind::kInvalidInput, "vault_paths: no component called vault");
  const Credential* exchanged = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/credential", ""));
  const std::string caller = AtOr<std::string>(arguments, "/caller", "");
  const std::string owner = AtOr<std::string>(arguments, "/owner", "");
  const std::string upstream = AtOr<std::string>(arguments, "/upstream", "");
  if (exchanged == nullptr || sandbox.principals().FindCredential(owner) == nullptr) {
    return Error(ErrorKind::kInvalidInput, "vault_paths: want credentials of the caller and the owner");
  }
  HttpClient vault(component->endpoint());
  const auto status = [](int seen, std::initializer_list<int> wanted) {
    Finding finding{.observed = "HTTP " + std::to_string(seen)};
    for (const int each : wanted) {
      finding.met = finding.met || each == seen;
      finding.expected += (finding.expected.empty() ? "HTTP " : " or ") + std::to_string(each);
    }
    return finding;
  };
  ProbeOutcome outcome;
  const VaultLogin with_mcp_token = TRY(LogIn(vault, sandbox.principals().FindCredential(caller)->value));
  if (with_mcp_token.status == 200) TRY(GiveBack(vault, with_mcp_token.token));
  outcome.findings["mcp-token-is-refused"] = status(with_mcp_token.status, {400, 403});
  const VaultLogin own = TRY(LogIn(vault, exchanged->value));
  if (own.status != 200) {
    const std::string refused = "the token made for Vault was refused: HTTP " + std::to_string(own.status);
    outcome.findings["own-path-is-answered"] = {.expected = "HTTP 200", .observed = refused};
    for (const char* finding :
         {"anothers-path-is-forbidden", "missing-is-told-from-forbidden", "anothers-database-role-is-forbidden",
          "others-folders-are-forbidden", "further-tokens-are-forbidden", "anothers-lease-is-forbidden",
          "anothers-accessor-is-forbidden", "anothers-login-is-untouched"}) {
      outcome.findings[finding].could_not = refused;
    }
    return outcome;
  }
  const Result<TokenIssuer*> issuer = sandbox.principals().Issuer();
  if (!issuer.ok()) return issuer.error();
  const Credential owners = TRY((*issuer)->Exchange(*sandbox.principals().FindCredential(owner), "mcp-jira", "vault"));
  const VaultLogin other = TRY(LogIn(vault, owners.value));
  if (other.status != 200) {
    return Error(ErrorKind::kRefused, "the owner's exchanged token was refused: " + std::to_string(other.status));
  }

  const auto path = [&](const std::string& entity, const std::string& what) {
    return "/v1/secret/data/users/" + entity + "/" + what;
  };
  const int own_github = TRY(StatusAt(vault, path(own.entity, "github"), own.token));
  const int own_missing = TRY(StatusAt(vault, path(own.entity, upstream), own.token));
  const int theirs = TRY(StatusAt(vault, path(other.entity, upstream), own.token));
  const int their_persona = TRY(StatusAt(vault, "/v1/database/creds/" + other.entity, own.token));
  const int owner_reads = TRY(StatusAt(vault, path(other.entity, upstream), other.token));
  const Result<void> acted = ActUpon(sandbox, vault, own, other, path(other.entity, upstream), outcome);
  for (const Secret* each : {&own.token, &other.token}) TRY(GiveBack(vault, *each));
  TRY(acted);

  outcome.findings["own-path-is-answered"] = status(own_github, {200});
  outcome.findings["anothers-path-is-forbidden"] = status(theirs, {403});
  if (owner_reads != 200) {
    outcome.findings["anothers-path-is-forbidden"].could_not = "its owner cannot read it either";
    outcome.findings["anothers-login-is-untouched"].could_not = "its owner reads nothing before it either";
  }
  outcome.findings["missing-is-told-from-forbidden"] = status(own_missing, {404});
  outcome.findings["anothers-database-role-is-forbidden"] = status(their_persona, {403});
  return outcome;
}

// Logins the database knows of one person.
Result<ProbeOutcome> DatabaseRole(Sandbox& sandbox, const Json& arguments) {
  const Principal* principal = sandbox.principals().Find(AtOr<std::string>(arguments, "/subject", ""));
  if (principal == nullptr) return Error(ErrorKind::kInvalidInput, "database_role: nobody of that name");
  RowSource* rows = TRY(sandbox.components().Find<RowSource>());
  const Json seen = TRY(rows->Query(
      "SELECT count(*) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles l ON l.oid = m.member "
      "WHERE g.rolname = 'person_" +
      principal->id + "' AND l.rolcanlogin"));
  const std::string count = TRY(At<std::string>(seen, "/rows/0/0"));
  ProbeOutcome outcome;
  outcome.findings["role-exists"] = {
      .met = count != "0", .expected = "a login of " + principal->persona + "'s own", .observed = count + " logins"};
  outcome.findings["role-is-gone"] = {
      .met = count == "0", .expected = "no login of " + principal->persona + "'s", .observed = count + " logins"};
  return outcome;
}

}  // namespace

void AddFarSideProbes(ProbeSet& probes) {
  probes["vault_paths"] = VaultPaths;
  probes["database_role"] = DatabaseRole;
}

}  // namespace iff
