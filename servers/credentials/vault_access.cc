#include "servers/credentials/vault_access.h"

#include <algorithm>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

Failure StoreUnavailable() {
  return {.code = "credential_store_unavailable",
          .message = "the credential store does not answer as it should; try again later",
          .retryable = true,
          .reason = "vault_unavailable"};
}

Failure Missing() {
  return {.code = "missing_credential",
          .message = "no credential is stored for you here; ask an administrator to provision one",
          .retryable = false,
          .reason = "missing_credential"};
}

Failure Forbidden() {
  return {.code = "forbidden",
          .message = "the credential store does not let you read this credential; ask an administrator",
          .retryable = false,
          .reason = "vault_forbidden"};
}

Failure LoginRefused() {
  return {.code = "forbidden",
          .message = "the credential store does not accept your identity; sign in again or ask an administrator",
          .retryable = false,
          .reason = "login_refused"};
}

Failure NotProvisioned() {
  return {.code = "forbidden",
          .message = "you are not provisioned in the credential store; ask an administrator",
          .retryable = false,
          .reason = "not_provisioned"};
}

bool IsOk(const Result<HttpResponse>& answer) { return answer.ok() && answer.value().status == 200; }

// Only what is text becomes a field: a credential is never a number or a tree.
std::map<std::string, Secret> Fields(const Json* data) {
  std::map<std::string, Secret> fields;
  if (data == nullptr || !data->is_object()) return fields;
  for (const auto& [name, value] : data->items()) {
    if (value.is_string()) fields.emplace(name, Secret(value.get<std::string>()));
  }
  return fields;
}

}  // namespace

struct VaultAccess::State {
  State(EventLoop& loop, const VaultSettings& given, Metrics& counted, const CredentialHooks& hooks)
      : settings(given),
        metrics(counted),
        client(loop, given.address.endpoint, AsyncHttpClientOptions{.body_limit = size_t{1} << 20}),
        send([this](HttpRequest request, Deadline deadline, std::string who) {
          return client.Send(std::move(request), deadline, std::move(who));
        }) {
    if (hooks.wrap_vault_client) send = hooks.wrap_vault_client(loop, std::move(send));
  }

  const VaultSettings& settings;
  Metrics& metrics;
  AsyncHttpClient client;
  HttpSend send;

  std::string Target(const std::string& rest) const {
    std::string prefix = settings.address.target;
    while (prefix.ends_with('/')) prefix.pop_back();
    return prefix + "/v1/" + rest;
  }

  static Task<Result<HttpResponse>> Ask(std::shared_ptr<State> self, std::string step, std::string who,
                                        HttpRequest request) {
    request.headers.Add("X-Vault-Request", "true");
    Result<HttpResponse> answer =
        co_await self->send(std::move(request), Deadline::In(self->settings.timeout), std::move(who));
    self->metrics.Asked(step, answer.ok() ? "status-" + std::to_string(answer.value().status) : "no-answer");
    if (!answer.ok()) {
      Log(LogLevel::kWarning, "vault-not-answering", {{"step", step}, {"error", answer.error().message()}});
    } else if (answer.value().status >= 400 && answer.value().status != 404) {
      Log(LogLevel::kInfo, "vault-refused", {{"step", step}, {"status", std::to_string(answer.value().status)}});
    }
    co_return answer;
  }
};

VaultAccess::VaultAccess(EventLoop& loop, const VaultSettings& settings, Metrics& metrics, const CredentialHooks& hooks)
    : state_(std::make_shared<State>(loop, settings, metrics, hooks)) {}
VaultAccess::~VaultAccess() = default;

Task<Result<StoreLogin, Failure>> VaultAccess::Login(Secret jwt, std::string who) {
  const std::shared_ptr<State> self = state_;
  HttpRequest request;
  request.method = "POST";
  request.target = self->Target("auth/" + self->settings.auth_mount + "/login");
  request.headers.Add("Content-Type", "application/json");
  Json body = Json::object();
  body["role"] = self->settings.role;
  body["jwt"] = jwt.Reveal();
  request.body = Dump(body);
  const Result<HttpResponse> answer = co_await State::Ask(self, "login", std::move(who), std::move(request));
  if (answer.ok() && (answer.value().status == 400 || answer.value().status == 403)) co_return LoginRefused();
  if (!IsOk(answer)) co_return StoreUnavailable();
  const Result<Json> parsed = ParseJson(answer.value().body);
  if (!parsed.ok()) co_return StoreUnavailable();
  StoreLogin login;
  login.token = Secret(AtOr<std::string>(parsed.value(), "/auth/client_token", ""));
  login.identity = AtOr<std::string>(parsed.value(), "/auth/entity_id", "");
  login.lease_seconds = AtOr<int64_t>(parsed.value(), "/auth/lease_duration", 0);
  if (login.token.empty()) co_return StoreUnavailable();
  bool provisioned = !login.identity.empty();
  if (const std::string& policy = self->settings.entity_policy; provisioned && !policy.empty()) {
    const Json* const carried = Find(parsed.value(), "/auth/identity_policies");
    provisioned = carried != nullptr && carried->is_array() &&
                  std::any_of(carried->begin(), carried->end(),
                              [&](const Json& name) { return name.is_string() && name == policy; });
  }
  if (!provisioned) {
    Log(LogLevel::kError, "login-made-an-undeclared-entity", {{"entity", login.identity}});
    (void)co_await Revoke(login.token);
    co_return NotProvisioned();
  }
  co_return login;
}

Task<Result<StoredCredential, Failure>> VaultAccess::ReadSecret(Secret token, std::string path, std::string who) {
  const std::shared_ptr<State> self = state_;
  const Result<std::string> encoded = EncodeVaultPath(path);
  if (!encoded.ok()) co_return Forbidden();
  HttpRequest request;
  request.target = self->Target(self->settings.kv_mount + "/data/" + encoded.value());
  request.headers.Add("X-Vault-Token", token.Reveal());
  const Result<HttpResponse> answer = co_await State::Ask(self, "read", std::move(who), std::move(request));
  if (answer.ok() && answer.value().status == 404) co_return Missing();
  if (answer.ok() && answer.value().status == 403) co_return Forbidden();
  if (!IsOk(answer)) co_return StoreUnavailable();
  const Result<Json> parsed = ParseJson(answer.value().body);
  if (!parsed.ok()) co_return StoreUnavailable();
  StoredCredential secret;
  secret.fields = Fields(Find(parsed.value(), "/data/data"));
  if (secret.fields.empty()) co_return Missing();
  co_return secret;
}

Task<Result<StoredCredential, Failure>> VaultAccess::ReadDatabase(Secret token, std::string role, std::string who) {
  const std::shared_ptr<State> self = state_;
  HttpRequest request;
  request.target = self->Target(self->settings.database_mount + "/creds/" + PercentEncode(role));
  request.headers.Add("X-Vault-Token", token.Reveal());
  const Result<HttpResponse> answer = co_await State::Ask(self, "read", std::move(who), std::move(request));
  // The database engine answers 400 for a role it does not know.
  if (answer.ok() && (answer.value().status == 400 || answer.value().status == 404)) co_return Missing();
  if (answer.ok() && answer.value().status == 403) co_return Forbidden();
  if (!IsOk(answer)) co_return StoreUnavailable();
  const Result<Json> parsed = ParseJson(answer.value().body);
  if (!parsed.ok()) co_return StoreUnavailable();
  StoredCredential secret;
  secret.fields = Fields(Find(parsed.value(), "/data"));
  secret.lease_id = AtOr<std::string>(parsed.value(), "/lease_id", "");
  secret.lease_seconds = AtOr<int64_t>(parsed.value(), "/lease_duration", 0);
  if (secret.fields.empty() || secret.lease_id.empty()) co_return StoreUnavailable();
  co_return secret;
}

Task<Result<std::vector<std::string>, Failure>> VaultAccess::ListSecrets(Secret token, std::string path,
                                                                         std::string who) {
  const std::shared_ptr<State> self = state_;
  std::vector<std::string> names;
  const Result<std::string> encoded = EncodeVaultPath(path);
  if (!encoded.ok()) co_return Forbidden();
  HttpRequest request;
  request.target = self->Target(self->settings.kv_mount + "/metadata/" + encoded.value() + "?list=true");
  request.headers.Add("X-Vault-Token", token.Reveal());
  const Result<HttpResponse> answer = co_await State::Ask(self, "list", std::move(who), std::move(request));
  if (answer.ok() && answer.value().status == 404) co_return names;
  if (answer.ok() && answer.value().status == 403) co_return Forbidden();
  if (!IsOk(answer)) co_return StoreUnavailable();
  const Result<Json> parsed = ParseJson(answer.value().body);
  if (!parsed.ok()) co_return StoreUnavailable();
  const Json* const keys = Find(parsed.value(), "/data/keys");
  if (keys != nullptr && keys->is_array()) {
    for (const Json& key : *keys) {
      if (key.is_string()) names.push_back(key.get<std::string>());
    }
  }
  co_return names;
}

Task<bool> VaultAccess::Revoke(Secret token) {
  const std::shared_ptr<State> self = state_;
  HttpRequest request;
  request.method = "POST";
  request.target = self->Target("auth/token/revoke-self");
  request.headers.Add("X-Vault-Token", token.Reveal());
  const Result<HttpResponse> answer = co_await State::Ask(self, "revoke", "", std::move(request));
  // 403: the token is dead already, which is as good.
  co_return answer.ok() &&
      (answer.value().status == 204 || answer.value().status == 200 || answer.value().status == 403);
}

Result<std::string> EncodeVaultPath(const std::string& path) {
  std::string encoded;
  size_t start = 0;
  while (true) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string segment = path.substr(start, end - start);
    if (segment.empty() || segment == "." || segment == "..") {
      return Error(ErrorKind::kInvalidInput, "encode vault path: bad segment " + LogQuote(segment));
    }
    encoded += (start == 0 ? "" : "/") + PercentEncode(segment);
    if (end == path.size()) return encoded;
    start = end + 1;
  }
}

}  // namespace iff
