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
#include "servers/credentials/credential.h"
#include "servers/guard/metrics.h"
#include "servers/http/config.h"

namespace iff {

// One caller's login.
struct VaultLogin {
  Secret token = {};
  std::string entity_id = {};
  int64_t lease_seconds = 0;
};

struct VaultSecret {
  std::map<std::string, Secret> fields = {};
  std::string lease_id = {};
  int64_t lease_seconds = 0;  // 0: not leased
};

// Reasons of the failures below, which the broker tells apart: "login_refused", "not_provisioned",
// "missing_credential", "vault_forbidden", "vault_unavailable".
class VaultAccess {
 public:
  // `follows`: where Vault says that it has moved to; for broken servers only.
  VaultAccess(EventLoop& loop, const Config& config, Metrics& metrics, bool follows = false);
  ~VaultAccess();

  Task<Result<VaultLogin, Failure>> Login(Secret jwt);
  // `path` is relative to the KV mount's data; each segment is encoded.
  Task<Result<VaultSecret, Failure>> ReadSecret(Secret token, std::string path);
  Task<Result<VaultSecret, Failure>> ReadDatabase(Secret token, std::string role);
  // Names below `path` in the KV mount's metadata; empty when there are none.
  Task<Result<std::vector<std::string>, Failure>> ListSecrets(Secret token, std::string path);
  // Gives a token back, and with it every lease taken by it. True if Vault took it.
  Task<bool> Revoke(Secret token);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "a/b c" -> "a/b%20c"; empty, "." and ".." segments are refused (kInvalidInput).
Result<std::string> EncodeVaultPath(const std::string& path);

}  // namespace iff
