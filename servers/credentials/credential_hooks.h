// Where a server that is broken on purpose differs in what it does with credentials. Nothing here is set in a shipped
// program; what an empty hook stands for is the right behaviour.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "harness/net/http.h"
#include "servers/credentials/credential.h"

namespace iff {

class CredentialStore;

// Keeps apart what must never be shared: issuer, subject, client, audiences, scopes, what the token is bound to, and
// target, unambiguously.
std::string PrincipalCacheKey(const Caller& caller, const std::string& target);

// Where a caller's stored credential lies below the KV mount: "users/<entity_id>/<target>".
std::string OwnSecretPath(const Caller& caller, const std::string& entity_id, const std::string& target);

// How long a fetched credential is used, and by whom its fetch is shared.
class CredentialRules {
 public:
  virtual ~CredentialRules() = default;
  virtual bool StillGood(const Credential& kept, int64_t now) const { return now < kept.expires_at; }
  // A credential that the upstream refused is used no more.
  virtual bool DropsRefused() const { return true; }
  // A caller waits for the fetch of the same credential that is under way.
  virtual bool JoinsRunningFetch() const { return true; }
};

// One request to a peer, for `who` (AsyncHttpClient::Send), and its answer.
using HttpSend = std::function<Task<Result<HttpResponse>>(HttpRequest, Deadline, std::string who)>;

struct CredentialHooks {
  std::shared_ptr<const CredentialRules> credential_rules = std::make_shared<const CredentialRules>();
  std::function<std::string(const Caller&, const std::string& target)> cache_key = {};
  std::function<std::string(const Caller&, const std::string& entity_id, const std::string& target)> secret_path = {};
  std::function<std::string(const Caller&, const std::string& entity_id)> database_role = {};
  // The token Vault's login gets instead of the one chosen by the mode.
  std::function<std::optional<Secret>(const Caller&)> login_token = {};
  std::function<void(const Secret& vault_token)> on_login = {};  // at Vault, as the caller
  // How long a credential may be used; gets the right answer, gives another.
  std::function<int64_t(const Caller&, int64_t expires_at)> adjust_expiry = {};
  // A credential to use although the source refused.
  std::function<std::optional<Credential>(const Caller&, const std::string& target, const Failure&)> fallback = {};
  // Between the cache and the store, and between the store and the network.
  std::function<std::unique_ptr<CredentialStore>(std::unique_ptr<CredentialStore>)> wrap_store = {};
  std::function<HttpSend(EventLoop&, HttpSend)> wrap_vault_client = {};

  // -- upstream
  std::function<void(HttpRequest&, const Caller&, const Credential&)> on_upstream_request = {};
  // `detail` is what was kept from the caller.
  std::function<void(Failure&, const std::string& detail)> decorate_error = {};
};

}  // namespace iff
