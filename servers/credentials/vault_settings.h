// How a server reaches Vault and logs its callers in there.
#pragma once

#include <chrono>
#include <string>

#include "harness/net/endpoint.h"
#include "servers/settings/settings.h"

namespace iff {

// How the caller's identity gets to Vault.
enum class CredentialMode {
  kExchange,     // by a token of its own, whose only audience is Vault (RFC 8693)
  kPassthrough,  // by the caller's token itself, as it came; MCP authorization says not to
};

struct ExchangeSettings {
  Url token_url = {};             // IFF_TOKEN_URL
  ClientCredentials client = {};  // who asks
  // Time for the issuer to answer.
  std::chrono::milliseconds timeout = std::chrono::seconds(5);
};

struct VaultSettings {
  Url address = {};                         // IFF_VAULT_ADDR
  std::string role = {};                    // IFF_VAULT_ROLE
  std::string audience = {};                // IFF_VAULT_AUDIENCE
  std::string auth_mount = "jwt";           // IFF_VAULT_AUTH_MOUNT
  std::string kv_mount = "secret";          // IFF_VAULT_KV_MOUNT
  std::string database_mount = "database";  // IFF_VAULT_DATABASE_MOUNT
  // IFF_VAULT_ENTITY_POLICY: a policy provisioning attaches to each entity itself. A login whose entity does not carry
  // it made its entity on the spot, and is refused. Default: not asked.
  std::string entity_policy = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(5);  // IFF_VAULT_TIMEOUT_MS

  CredentialMode mode = CredentialMode::kExchange;             // IFF_CREDENTIAL_MODE
  ExchangeSettings exchange = {};                              // with kExchange
  std::chrono::seconds stored_ttl = std::chrono::seconds(60);  // IFF_CREDENTIAL_TTL, as CredentialCacheOptions
  size_t principals = 4096;                                    // IFF_CREDENTIAL_CACHE, of all workers together
};

// Reads and checks all of it; mistakes go to `reader`.
VaultSettings ReadVaultSettings(SettingsReader& reader);

}  // namespace iff
