#include "servers/credentials/vault_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "servers/credentials/credential_cache.h"
#include "servers/credentials/token_exchange.h"
#include "servers/credentials/vault_access.h"

namespace iff {
namespace {

class VaultStore final : public CredentialStore {
 public:
  VaultStore(const VaultSettings& settings, std::string target, CredentialKind kind, const SourceContext& context)
      : settings_(settings),
        target_(std::move(target)),
        kind_(kind),
        hooks_(context.hooks),
        vault_(context.loop, settings, context.metrics, context.hooks),
        exchange_(context.loop, settings.exchange, context.metrics) {}

  Task<Result<StoreLogin, Failure>> LogIn(std::shared_ptr<const Caller> caller) override {
    std::optional<Secret> jwt;
    if (hooks_.login_token) jwt = hooks_.login_token(*caller);
    if (!jwt.has_value() && settings_.mode == CredentialMode::kPassthrough) jwt = caller->token;
    if (!jwt.has_value()) {
      Result<Secret, Failure> exchanged = co_await exchange_.For(caller, settings_.audience);
      if (!exchanged.ok()) co_return exchanged.error();
      jwt = std::move(exchanged).value();
    }
    Result<StoreLogin, Failure> login = co_await vault_.Login(*jwt, caller->Principal());
    if (login.ok() && hooks_.on_login) hooks_.on_login(login->token);
    co_return login;
  }

  Task<Result<StoredCredential, Failure>> Read(std::shared_ptr<const Caller> caller, StoreLogin login) override {
    if (kind_ == CredentialKind::kDatabase) {
      std::string role = hooks_.database_role ? hooks_.database_role(*caller, login.identity) : login.identity;
      Result<StoredCredential, Failure> lease =
          co_await vault_.ReadDatabase(login.token, std::move(role), caller->Principal());
      co_return lease;
    }
    std::string path = hooks_.secret_path ? hooks_.secret_path(*caller, login.identity, target_)
                                          : OwnSecretPath(*caller, login.identity, target_);
    Result<StoredCredential, Failure> secret =
        co_await vault_.ReadSecret(login.token, std::move(path), caller->Principal());
    co_return secret;
  }

  Task<Result<std::vector<std::string>, Failure>> Names(std::shared_ptr<const Caller> caller,
                                                        StoreLogin login) override {
    std::string own_path = "users/" + login.identity;
    Result<std::vector<std::string>, Failure> names =
        co_await vault_.ListSecrets(login.token, std::move(own_path), caller->Principal());
    co_return names;
  }

  Task<bool> GiveBack(Secret token) override { return vault_.Revoke(std::move(token)); }

  // Vault answers 403 to a dead token too.
  bool MayBeDeadLogin(const Failure& failure) const override { return failure.reason == "vault_forbidden"; }

 private:
  const VaultSettings& settings_;
  const std::string target_;
  const CredentialKind kind_;
  const CredentialHooks& hooks_;
  VaultAccess vault_;
  TokenExchange exchange_;
};

}  // namespace

std::string OwnSecretPath(const Caller&, const std::string& entity_id, const std::string& target) {
  return "users/" + entity_id + "/" + target;
}

VaultSettings ReadVaultSettings(SettingsReader& reader) {
  VaultSettings vault;
  const std::string mode = reader.Choice("IFF_CREDENTIAL_MODE", {"exchange", "passthrough"});
  vault.timeout = reader.Milliseconds("IFF_VAULT_TIMEOUT_MS", vault.timeout);
  vault.mode = mode == "passthrough" ? CredentialMode::kPassthrough : CredentialMode::kExchange;
  if (vault.mode == CredentialMode::kExchange) {
    constexpr std::string_view kWhy = "to exchange tokens";
    vault.exchange.token_url = reader.NeededPeer("IFF_TOKEN_URL", kWhy);
    vault.audience = reader.Needed("IFF_VAULT_AUDIENCE", kWhy);
    vault.exchange.client = reader.Client(kWhy);
    vault.exchange.timeout = vault.timeout;
    if (!vault.audience.empty() && reader.Text("IFF_AUDIENCE") == vault.audience) {
      reader.Mistake("IFF_VAULT_AUDIENCE and IFF_AUDIENCE must differ: a token for us must be none for Vault");
    }
  }
  vault.address = reader.NeededPeer("IFF_VAULT_ADDR");
  vault.role = reader.Needed("IFF_VAULT_ROLE");
  vault.auth_mount = reader.Segment("IFF_VAULT_AUTH_MOUNT", vault.auth_mount);
  vault.kv_mount = reader.Segment("IFF_VAULT_KV_MOUNT", vault.kv_mount);
  vault.database_mount = reader.Segment("IFF_VAULT_DATABASE_MOUNT", vault.database_mount);
  vault.entity_policy = reader.Text("IFF_VAULT_ENTITY_POLICY");
  vault.stored_ttl = reader.Seconds("IFF_CREDENTIAL_TTL", vault.stored_ttl, 0);
  vault.principals = reader.Count("IFF_CREDENTIAL_CACHE", vault.principals, 1, 1'000'000);
  return vault;
}

std::unique_ptr<CredentialStore> MakeVaultStore(const VaultSettings& settings, std::string target, CredentialKind kind,
                                                const SourceContext& context) {
  return std::make_unique<VaultStore>(settings, std::move(target), kind, context);
}

std::unique_ptr<CredentialSource> MakeVaultSource(const VaultSettings& settings, std::string target,
                                                  CredentialKind kind, const SourceContext& context) {
  CredentialCacheOptions options;
  options.target = target;
  options.stored_ttl = settings.stored_ttl;
  options.principals = std::max<size_t>(1, settings.principals / context.workers);
  return std::make_unique<CredentialCache>(MakeVaultStore(settings, std::move(target), kind, context),
                                           std::move(options), context);
}

SourceDefinition VaultSource(std::string target, CredentialKind kind) {
  const auto settings = std::make_shared<VaultSettings>();
  SourceDefinition source;
  source.target = target;
  source.settings.names = {
      "IFF_CREDENTIAL_MODE",     "IFF_TOKEN_URL",        "IFF_VAULT_ADDR",     "IFF_VAULT_ROLE",
      "IFF_VAULT_AUDIENCE",      "IFF_VAULT_AUTH_MOUNT", "IFF_VAULT_KV_MOUNT", "IFF_VAULT_DATABASE_MOUNT",
      "IFF_VAULT_ENTITY_POLICY", "IFF_VAULT_TIMEOUT_MS", "IFF_CREDENTIAL_TTL", "IFF_CREDENTIAL_CACHE"};
  source.settings.read = [settings](SettingsReader& reader) { *settings = ReadVaultSettings(reader); };
  source.make = [settings, target = std::move(target), kind](const SourceContext& context) {
    return MakeVaultSource(*settings, target, kind, context);
  };
  return source;
}

}  // namespace iff
