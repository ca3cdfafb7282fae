// For tests of the guard: an issuer and a Vault, and what a server is told of them.
#pragma once

#include <memory>
#include <string>

#include "servers/credentials/vault_settings.h"
#include "servers/mcp/tool.h"
#include "servers/testing/fake_issuer.h"
#include "servers/testing/fake_vault.h"
#include "servers/testing/loop_thread.h"

namespace iff {

inline VaultSettings VaultSettingsFor(const FakeIssuer& issuer, const FakeVault& vault) {
  VaultSettings settings;
  settings.address = vault.Address();
  settings.role = "user";
  settings.audience = "vault";
  settings.exchange.token_url = issuer.Tokens();
  settings.exchange.client = {.id = "mcp-jira", .secret = Secret("client-secret")};
  return settings;
}

inline std::shared_ptr<const Caller> CallerWith(FakeIssuer& issuer, const std::string& subject, int64_t now,
                                                const std::string& client = "mcp-client") {
  auto caller = std::make_shared<Caller>();
  caller->claims.issuer = issuer.Issuer();
  caller->claims.subject = subject;
  caller->claims.client = client;
  caller->claims.scopes = {"jira:read"};
  caller->claims.expires_at = now + 300;
  caller->token = issuer.Token(subject, "mcp-jira", now);
  caller->correlation = "test";
  return caller;
}

}  // namespace iff
