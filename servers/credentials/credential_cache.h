// A CredentialSource over a store: fetches each caller's own credential, as the caller, and keeps it no longer than it
// is good.
//
//   caller ──login──► store ──read──► credential
//
// Kept per PrincipalCacheKey: one login, one credential. Callers with the same key share one fetch. Nothing is kept
// about a failure. An entry ends with the token that made it, with the login's or the credential's lease, whichever is
// first, and a credential that is stored rather than leased is read again after `stored_ttl`. When an entry ends its
// login is given back, and with it every lease taken by it; the same at Shutdown.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "servers/credentials/credential_source.h"
#include "servers/credentials/credential_store.h"

namespace iff {

struct CredentialCacheOptions {
  std::string target = {};
  // Longest time a stored credential is kept. A change in the store is noticed after at most so long, or at once when
  // the upstream answers 401.
  std::chrono::seconds stored_ttl = std::chrono::seconds(60);
  // Kept at once. The one not asked for longest goes first, but none that a call is using: there may be more for as
  // long as so many are in use.
  size_t principals = 4096;
};

class CredentialCache final : public CredentialSource {
 public:
  CredentialCache(std::unique_ptr<CredentialStore> store, CredentialCacheOptions options, const SourceContext& context);
  ~CredentialCache() override;

  Task<CredentialOutcome> Fetch(std::shared_ptr<const Caller> caller) override;
  void Discard(const Caller& caller, const Credential& credential) override;
  // Finds out about the own target by fetching it, as a call would.
  Task<Result<Holdings, Failure>> Look(std::shared_ptr<const Caller> caller) override;
  void Shutdown(std::chrono::milliseconds within, std::function<void()> done) override;
  size_t kept() const override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
