// The five things a server here asks of Vault, each as the caller and never as itself. Redirects are
// not followed; Vault's own words never reach a caller.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential_hooks.h"
#include "servers/credentials/credential_store.h"
#include "servers/credentials/vault_settings.h"
#include "servers/guard/metrics.h"

namespace iff {

// Reasons of the failures below, which a store tells apart: "login_refused", "not_provisioned",
// "missing_credential", "vault_forbidden", "vault_unavailable".
class VaultAccess {
 public:
  // All references outlive it.
  VaultAccess(EventLoop& loop, const VaultSettings& settings, Metrics& metrics, const CredentialHooks& hooks);
  ~VaultAccess();

  // `who`: whose share of the connections to Vault it takes.
  Task<Result<StoreLogin, Failure>> Login(Secret jwt, std::string who);
  // `path` is relative to the KV mount's data; each segment is encoded.
  Task<Result<StoredCredential, Failure>> ReadSecret(Secret token, std::string path, std::string who);
  Task<Result<StoredCredential, Failure>> ReadDatabase(Secret token, std::string role, std::string who);
  // Names below `path` in the KV mount's metadata; empty when there are none.
  Task<Result<std::vector<std::string>, Failure>> ListSecrets(Secret token, std::string path, std::string who);
  // Gives a token back, and with it every lease taken by it; no caller waits for it. True if Vault took it.
  Task<bool> Revoke(Secret token);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "a/b c" -> "a/b%20c"; empty, "." and ".." segments are refused (kInvalidInput).
Result<std::string> EncodeVaultPath(const std::string& path);

}  // namespace iff
