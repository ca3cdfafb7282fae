#include "bench/latency/latency.h"

namespace iff {
namespace {

using Once = std::function<Result<void>(int)>;

Deadline Soon() { return Deadline::In(std::chrono::seconds(10)); }

Result<HttpResponse> Expect200(HttpClient& client, const HttpRequest& request) {
  HttpResponse answer = TRY(client.Send(request, Soon()));
  if (answer.status != 200) {
    return Error(ErrorKind::kRefused, request.method + " " + request.target + ": " + std::to_string(answer.status));
  }
  return answer;
}

// alice's own login at Vault, shared by the measurements behind it.
struct AtVault {
  std::shared_ptr<HttpClient> client = {};
  HttpRequest login = {};
  Secret token = {};
  std::string entity = {};
};

Result<AtVault> EnterVault(Sandbox& sandbox) {
  const Component* vault = sandbox.context().environment.FindComponent("vault");
  if (vault == nullptr) return Error(ErrorKind::kInvalidInput, "no component called vault");
  TRY(sandbox.principals().Obtain("alice", "alice", sandbox.principals().AllScopes(), ""));
  TokenIssuer* issuer = TRY(sandbox.principals().Issuer());
  const Credential exchanged =
      TRY(issuer->Exchange(*sandbox.principals().FindCredential("alice"), "mcp-jira", "vault"));
  sandbox.principals().Keep("exchanged", "alice", exchanged);
  AtVault at{.client = std::make_shared<HttpClient>(vault->endpoint())};
  at.login.method = "POST";
  at.login.target = "/v1/auth/jwt/login";
  at.login.headers = {{"Content-Type", "application/json"}};
  at.login.body = Dump(Json{{"role", "user"}, {"jwt", exchanged.value.Reveal()}});
  const HttpResponse answer = TRY(Expect200(*at.client, at.login));
  const Json body = TRY(ParseJson(answer.body));
  at.token = Secret(TRY(At<std::string>(body, "/auth/client_token")));
  at.entity = TRY(At<std::string>(body, "/auth/entity_id"));
  return at;
}

Result<Once> PasswordLogin(Sandbox& sandbox) {
  TokenIssuer* issuer = TRY(sandbox.principals().Issuer());
  const CredentialRequest request{
      .principal = sandbox.principals().Find("alice"), .client = "", .scopes = sandbox.principals().AllScopes()};
  return Once([issuer, request](int) -> Result<void> {
    TRY(issuer->Issue(request));
    return {};
  });
}

Result<Once> Refresh(Sandbox& sandbox) {
  TokenIssuer* issuer = TRY(sandbox.principals().Issuer());
  TRY(sandbox.principals().Obtain("alice", "alice", sandbox.principals().AllScopes(), ""));
  auto held = std::make_shared<Credential>(*sandbox.principals().FindCredential("alice"));
  return Once([issuer, held](int) -> Result<void> {
    *held = TRY(issuer->Refresh(*held));
    return {};
  });
}

Result<Once> TokenExchange(Sandbox& sandbox) {
  TokenIssuer* issuer = TRY(sandbox.principals().Issuer());
  TRY(sandbox.principals().Obtain("alice", "alice", sandbox.principals().AllScopes(), ""));
  const Credential held = *sandbox.principals().FindCredential("alice");
  return Once([issuer, held](int) -> Result<void> {
    TRY(issuer->Exchange(held, "mcp-jira", "vault"));
    return {};
  });
}

Result<Once> VaultLogin(Sandbox& sandbox) {
  const AtVault at = TRY(EnterVault(sandbox));
  return Once([at](int) -> Result<void> {
    TRY(Expect200(*at.client, at.login));
    return {};
  });
}

Result<Once> VaultGet(Sandbox& sandbox, const std::string& path) {
  const AtVault at = TRY(EnterVault(sandbox));
  HttpRequest read;
  read.target = path;
  if (const size_t hole = read.target.find("{entity}"); hole != std::string::npos) {
    read.target.replace(hole, 8, at.entity);
  }
  read.headers = {{"X-Vault-Token", at.token.Reveal()}};
  return Once([at, read](int) -> Result<void> {
    TRY(Expect200(*at.client, read));
    return {};
  });
}

Result<void> Succeeds(const SendOutcome& sent) {
  if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
  if (sent.answer->status != 200 || sent.answer->ToolError()) {
    return Error(ErrorKind::kRefused,
                 "the call failed: " + std::to_string(sent.answer->status) + " " + sent.answer->Text());
  }
  return {};
}

// A call whose credential is in the cache already: everything but the upstream is done.
Result<Once> WarmCall(Sandbox& sandbox, const std::string& operation) {
  TRY(sandbox.principals().Obtain("alice", "alice", sandbox.principals().AllScopes(), ""));
  const Json params = TRY(sandbox.client().CallParams({.operation = operation}, "alice"));
  return Once([&sandbox, params](int) {
    return Succeeds(sandbox.client().Send({.with = "alice"}, "tools/call", params, "warm"));
  });
}

// A call of somebody the server has not seen with these scopes: exchange, Vault login, read, upstream.
Result<Once> ColdCall(Sandbox& sandbox) {
  TRY(sandbox.principals().Obtain("alice", "alice", sandbox.principals().AllScopes(), ""));
  const Forge forge = TRY(sandbox.principals().MakeForge());
  const Json params = TRY(sandbox.client().CallParams({.operation = "read_own"}, "alice"));
  std::string scope;
  for (const std::string& each : sandbox.principals().AllScopes()) scope += each + " ";
  return Once([&sandbox, params, forge, scope](int round) -> Result<void> {
    // Minting costs a signature (1 ms), which is part of what is timed.
    const std::string name = "cold";
    Credential credential;
    credential.value = TRY(forge.Reissue(sandbox.principals().FindCredential("alice")->value,
                                         Json{{"scope", scope + "round:" + std::to_string(round + 100)}}));
    sandbox.principals().Keep(name, "alice", std::move(credential));
    return Succeeds(sandbox.client().Send({.with = name}, "tools/call", params, "cold"));
  });
}

}  // namespace

MeasurementSet AllMeasurements() {
  const auto get = [](const std::string& path) { return [path](Sandbox& sandbox) { return VaultGet(sandbox, path); }; };
  const auto warm = [](const std::string& operation) {
    return [operation](Sandbox& sandbox) { return WarmCall(sandbox, operation); };
  };
  return {
      {"password-login", "password login at the issuer", "jira", 200, PasswordLogin},
      {"refresh", "refresh at the issuer", "jira", 200, Refresh},
      {"token-exchange", "token exchange at the issuer", "jira", 500, TokenExchange},
      {"vault-login", "JWT login at Vault", "jira", 1000, VaultLogin},
      {"kv-read", "KV read at Vault", "jira", 2000, get("/v1/secret/data/users/{entity}/jira")},
      {"dynamic-credential", "dynamic database credential", "jira", 100, get("/v1/database/creds/{entity}")},
      {"whoami-warm", "tool call without upstream, warm", "jira", 10000, warm("whoami")},
      {"call-cold", "tool call, cold (exchange, login, read)", "jira", 200, ColdCall},
      {"call-warm", "tool call, warm (Jira)", "jira", 10000, warm("read_own")},
      {"query-warm", "tool call, warm (PostgreSQL)", "postgres", 5000, warm("read_own")},
  };
}

}  // namespace iff
