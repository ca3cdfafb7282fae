#include "bench/load/echo_stack.h"

#include "bench/load/wire.h"
#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "harness/jose/forge.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

constexpr const char* kAudience = "mcp-echo";

Json ClaimsOf(const std::string& issuer, int number, int64_t now) {
  Json claims = KeycloakClaims(number);
  claims.update(Json{{"iss", issuer},
                     {"sub", RandomUuid()},
                     {"aud", Json::array({kAudience, "account"})},
                     {"azp", "mcp-client"},
                     {"scope", "openid profile email echo:read echo:write"},
                     {"typ", "Bearer"},
                     {"iat", now},
                     {"exp", now + 36'000}});
  return claims;
}

}  // namespace

Json KeycloakClaims(int number) {
  const Json roles = Json::array({"default-roles-demo", "offline_access", "uma_authorization"});
  const std::string name = "caller-" + std::to_string(number);
  return {{"jti", "onrtac:" + RandomUuid()},
          {"sid", RandomUuid()},
          {"acr", "1"},
          {"allowed-origins", Json::array({"https://agent.example"})},
          {"realm_access", {{"roles", roles}}},
          {"resource_access", {{"account", {{"roles", Json::array({"manage-account", "view-profile"})}}}}},
          {"email_verified", true},
          {"name", "Caller Example"},
          {"preferred_username", name},
          {"given_name", "Caller"},
          {"family_name", "Example"},
          {"email", name + "@example.org"},
          {"auth_time", SystemClock::Instance().NowSeconds()}};
}

HttpRequest EchoRequest(const std::string& path, const std::string& token, size_t text, bool stateless_revision) {
  const Json params{{"name", "echo"}, {"arguments", {{"text", std::string(text, 'x')}}}};
  HttpRequest request =
      McpRequest(stateless_revision ? Revision::k20260728 : Revision::k20250618, path, "tools/call", params, 1);
  if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
  return request;
}

Result<std::unique_ptr<EchoStack>> EchoStack::Start(const EchoOptions& options) {
  auto stack = std::unique_ptr<EchoStack>(new EchoStack());
  const SigningKey key = SigningKey::Generate(Algorithm::kRs256, "bench-key");
  const std::string published = Dump(Json{{"keys", Json::array({key.PublicJwk()})}});
  stack->issuer_ = TRY(HttpServer::Start([published](const HttpRequest&) {
                         HttpResponse response;
                         response.headers.Add("Content-Type", "application/json");
                         response.body = published;
                         return response;
                       }).While("start the issuer"));
  const std::string issuer = stack->issuer_->endpoint().Url();
  stack->launcher_ = TRY(ProcessLauncher::Start({.supervisor = options.supervisor}).While("start the supervisor"));
  const HeldPort port = TRY(HeldPort::Acquire());
  stack->endpoint_ = port.endpoint();
  stack->directory_ = TRY(stack->launcher_->MakeDirectory("echo", ""));
  const std::string& directory = stack->directory_;
  ServiceSpec spec{.name = "echo", .argv = options.wrapper, .directory = directory};
  spec.argv.push_back(options.program);
  spec.environment = {{"IFF_LISTEN", port.endpoint().Authority()},
                      {"IFF_RESOURCE", port.endpoint().Url("/mcp")},
                      {"IFF_AUDIENCE", kAudience},
                      {"IFF_ISSUER", issuer},
                      {"IFF_JWKS_URL", issuer + "/keys"},
                      {"IFF_TOKEN_CLIENTS", "mcp-client"},
                      {"IFF_CREDENTIAL_MODE", "passthrough"},
                      {"IFF_VAULT_ADDR", issuer},
                      {"IFF_VAULT_ROLE", "nobody"},
                      {"IFF_AUDIT_FILE", directory + "/audit.jsonl"},
                      {"IFF_RATE_LIMIT", "1000000/1"},
                      {"IFF_WORKERS", std::to_string(options.workers)},
                      {"IFF_LOG_LEVEL", "warn"}};
  spec.ready = HttpOk{.endpoint = port.endpoint(), .target = "/readyz"};
  spec.ready_within = std::chrono::seconds(options.wrapper.empty() ? 15 : 120);
  stack->service_.emplace(TRY(stack->launcher_->Launch(std::move(spec)).While("launch the echo server")));
  stack->pinned_.emplace(stack->pid(), options.core);
  const int64_t now = SystemClock::Instance().NowSeconds();
  const Forge forge(key);
  const Json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "bench-key"}};
  for (int i = 0; i < options.identities; ++i) {
    const Secret token = forge.Sign(header, ClaimsOf(issuer, i, now));
    HttpRequest request = EchoRequest("/mcp", token.Reveal(), options.text, true);
    stack->requests_.push_back(WireRequest(request, stack->endpoint_));
    if (i == 0) stack->first_ = std::move(request);
  }
  stack->client_ = std::make_unique<HttpClient>(stack->endpoint_);
  return stack;
}

}  // namespace iff
