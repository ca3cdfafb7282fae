// Where a server gets the caller's own credential for what stands behind it. A server has any number of sources, or
// none; each is for one target and answers each caller with that caller's credential alone.
//
//   const CredentialOutcome credential = co_await source.Fetch(call.caller);
//   if (!credential.ok()) co_return credential.error().AsResult();
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "harness/core/clock.h"
#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential.h"
#include "servers/credentials/credential_hooks.h"
#include "servers/guard/metrics.h"
#include "servers/settings/settings.h"

namespace iff {

using CredentialOutcome = Result<std::shared_ptr<const Credential>, Failure>;

// Everything runs on the thread of its event loop.
class CredentialSource {
 public:
  // Who the caller is at the source, and which credentials exist there for it, by name only.
  struct Holdings {
    std::string identity = {};
    std::set<std::string> names = {};
  };

  virtual ~CredentialSource() = default;
  // The caller's credential. Failures: missing_credential, forbidden, credential_store_unavailable,
  // issuer_unavailable, internal.
  virtual Task<CredentialOutcome> Fetch(std::shared_ptr<const Caller> caller) = 0;
  // The upstream refused `credential`: if it is the one that would be answered, the next Fetch brings a new one.
  virtual void Discard(const Caller& caller, const Credential& credential) = 0;
  virtual Task<Result<Holdings, Failure>> Look(std::shared_ptr<const Caller> caller) = 0;
  // Refuses new fetches, gives back what was taken, then calls `done`, at the latest after `within`.
  virtual void Shutdown(std::chrono::milliseconds within, std::function<void()> done) = 0;
  // Credentials in memory.
  virtual size_t kept() const = 0;
};

// What a source is made of; everything outlives it. One source per worker.
struct SourceContext {
  EventLoop& loop;
  const CredentialHooks& hooks;
  Metrics& metrics;
  const Clock& clock;
  size_t workers = 1;  // that share the limits of the configuration
};

// A source as a server declares it.
struct SourceDefinition {
  std::string target = {};     // what its credentials are for: "jira"
  SettingsPart settings = {};  // read once, before any source is made
  std::function<std::unique_ptr<CredentialSource>(const SourceContext&)> make = {};
};

}  // namespace iff
