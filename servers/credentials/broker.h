// Fetches each caller's own credential, as the caller, and keeps it no longer than it is good.
//
//   caller ──exchange──► token for Vault ──login──► Vault token ──read──► credential
//
// Kept per (issuer, subject, client, scopes, what the token is bound to, target): one Vault token, one credential.
// Callers with the same key share one fetch. Nothing is kept about a failure. An entry ends with the token that made
// it, with the Vault token's or the credential's lease, whichever is first, and a stored (KV) credential is read again
// after `credential_ttl`. When an entry ends its Vault token is given back, and with it every lease taken by it; the
// same at Shutdown. Everything runs on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "harness/core/clock.h"
#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential.h"
#include "servers/guard/metrics.h"
#include "servers/http/config.h"
#include "servers/http/seams.h"

namespace iff {

enum class CredentialKind { kStored, kDatabase };

class CredentialBroker {
 public:
  using Outcome = Result<std::shared_ptr<const Credential>, Failure>;

  // All references outlive it.
  CredentialBroker(EventLoop& loop, const Config& config, const Seams& seams, Metrics& metrics, const Clock& clock,
                   size_t worker = 0);
  ~CredentialBroker();

  // The caller's credential for `target`. Failures: missing_credential, forbidden,
  // credential_store_unavailable, issuer_unavailable, internal.
  Task<Outcome> Fetch(std::shared_ptr<const Caller> caller, std::string target, CredentialKind kind);

  // The upstream refused `credential`: if it is the one kept, the next Fetch brings a new one.
  void Discard(const Caller& caller, const std::string& target, const Credential& credential);

  struct Holdings {
    std::string entity_id = {};
    std::set<std::string> names = {};  // of the credentials there are
  };
  // Who the caller is in Vault and which credentials exist for it, by name only. For `target` this is
  // found out by fetching it, as a call would.
  Task<Result<Holdings, Failure>> Look(std::shared_ptr<const Caller> caller, std::string target, CredentialKind kind);

  // Refuses new fetches, gives every Vault token back, then calls `done`, at the latest after `within`.
  void Shutdown(std::chrono::milliseconds within, std::function<void()> done);

  size_t kept() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
