// What lies behind a server, asked directly: Vault's paths, the database's roles, the upstream's moods.
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// One question to Vault as whoever holds `token`.
Result<int> StatusAt(HttpClient& vault, const std::string& path, const std::string& token) {
  HttpRequest request;
  request.target = path;
  request.headers = {{"X-Vault-Token", token}};
  const HttpResponse answer = TRY(vault.Send(request, Deadline::In(std::chrono::seconds(5))));
  return answer.status;
}

// Logs in at Vault with a token; the status, and token and entity if it was taken.
struct VaultLogin {
  int status = 0;
  Secret token = {};
  std::string entity = {};
};
Result<VaultLogin> LogIn(HttpClient& vault, const Secret& token) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/v1/auth/jwt/login";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = Dump(Json{{"role", "user"}, {"jwt", token.Reveal()}});
  const HttpResponse answer = TRY(vault.Send(request, Deadline::In(std::chrono::seconds(5))));
  if (answer.status >= 500) return Error(ErrorKind::kUnavailable, "log in at Vault: HTTP " + std::to_string(answer.status));
  VaultLogin login{.status = answer.status};
  if (answer.status != 200) return login;
  const Json body = TRY(ParseJson(answer.body));
  login.token = Secret(TRY(At<std::string>(body, "/auth/client_token")));
  login.entity = TRY(At<std::string>(body, "/auth/entity_id"));
  return login;
}

Result<void> GiveBack(HttpClient& vault, const Secret& token) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/v1/auth/token/revoke-self";
  request.headers = {{"X-Vault-Token", token.Reveal()}};
  TRY(vault.Send(request, Deadline::In(std::chrono::seconds(5))));
  return {};
}

Result<ProbeOutcome> VaultPaths(Stage& stage, const Json& arguments) {
  const Component* component = stage.ground().environment.FindComponent("vault");
  if (component == nullptr) return Error(ErrorKind::kInvalidInput, "vault_paths: no component called vault");
  const Credential* exchanged = stage.FindCredential(AtOr<std::string>(arguments, "/credential", ""));
  const std::string caller = AtOr<std::string>(arguments, "/caller", "");
  const std::string owner = AtOr<std::string>(arguments, "/owner", "");
  const std::string upstream = AtOr<std::string>(arguments, "/upstream", "");
  if (exchanged == nullptr || stage.FindCredential(owner) == nullptr) {
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
  const VaultLogin with_mcp_token = TRY(LogIn(vault, stage.FindCredential(caller)->value));
  if (with_mcp_token.status == 200) TRY(GiveBack(vault, with_mcp_token.token));
  outcome.findings["mcp-token-is-refused"] = status(with_mcp_token.status, {400, 403});
  const VaultLogin own = TRY(LogIn(vault, exchanged->value));
  if (own.status != 200) {
    const std::string refused = "the token made for Vault was refused: HTTP " + std::to_string(own.status);
    outcome.findings["own-path-is-answered"] = {.expected = "HTTP 200", .observed = refused};
    for (const char* finding : {"anothers-path-is-forbidden", "missing-is-told-from-forbidden", "anothers-database-role-is-forbidden"}) {
      outcome.findings[finding].could_not = refused;
    }
    return outcome;
  }
  const Result<TokenIssuer*> issuer = stage.Find<TokenIssuer>();
  if (!issuer.ok()) return issuer.error();
  const Credential owners = TRY((*issuer)->Exchange(*stage.FindCredential(owner), "mcp-jira", "vault"));
  const VaultLogin other = TRY(LogIn(vault, owners.value));
  if (other.status != 200) {
    return Error(ErrorKind::kRefused, "the owner's exchanged token was refused: " + std::to_string(other.status));
  }

  const auto path = [&](const std::string& entity, const std::string& what) {
    return "/v1/secret/data/users/" + entity + "/" + what;
  };
  const std::string& token = own.token.Reveal();
  const int own_github = TRY(StatusAt(vault, path(own.entity, "github"), token));
  const int own_missing = TRY(StatusAt(vault, path(own.entity, upstream), token));
  const int theirs = TRY(StatusAt(vault, path(other.entity, upstream), token));
  const int their_role = TRY(StatusAt(vault, "/v1/database/creds/" + other.entity, token));
  const int owner_reads = TRY(StatusAt(vault, path(other.entity, upstream), other.token.Reveal()));
  for (const Secret* each : {&own.token, &other.token}) TRY(GiveBack(vault, *each));

  outcome.findings["own-path-is-answered"] = status(own_github, {200});
  outcome.findings["anothers-path-is-forbidden"] = status(theirs, {403});
  if (owner_reads != 200) outcome.findings["anothers-path-is-forbidden"].could_not = "its owner cannot read it either";
  outcome.findings["missing-is-told-from-forbidden"] = status(own_missing, {404});
  outcome.findings["anothers-database-role-is-forbidden"] = status(their_role, {403});
  return outcome;
}

// Logins the database knows of one person.
Result<ProbeOutcome> DatabaseRole(Stage& stage, const Json& arguments) {
  const Subject* subject = stage.FindSubject(AtOr<std::string>(arguments, "/subject", ""));
  if (subject == nullptr) return Error(ErrorKind::kInvalidInput, "database_role: nobody of that name");
  RowSource* rows = TRY(stage.Find<RowSource>());
  const Json seen = TRY(rows->Query(
      "SELECT count(*) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles l ON l.oid = m.member "
      "WHERE g.rolname = 'person_" + subject->id + "' AND l.rolcanlogin"));
  const std::string count = TRY(At<std::string>(seen, "/rows/0/0"));
  ProbeOutcome outcome;
  outcome.findings["role-exists"] = {
      .met = count != "0", .expected = "a login of " + subject->role + "'s own", .observed = count + " logins"};
  outcome.findings["role-is-gone"] = {
      .met = count == "0", .expected = "no login of " + subject->role + "'s", .observed = count + " logins"};
  return outcome;
}

Result<ProbeOutcome> DisturbUpstream(Stage& stage, const Json& arguments) {
  CallLedger* ledger = TRY(stage.Find<CallLedger>(stage.target().upstream));
  const int64_t status = AtOr<int64_t>(arguments, "/status", 429);
  TRY(ledger->Disturb("", static_cast<int>(status)));
  return ProbeOutcome();
}

}  // namespace

void AddFarSideProbes(ProbeSet& probes) {
  probes["vault_paths"] = VaultPaths;
  probes["database_role"] = DatabaseRole;
  probes["disturb_upstream"] = DisturbUpstream;
}

}  // namespace iff
