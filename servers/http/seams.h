// Where a deliberately broken server differs from the shipped one: each hook replaces one decision, and
// an empty hook is the right behaviour. The shipped programs pass Seams{}; nothing outside the program's
// own source sets a hook, so there is no switch that weakens a shipped server.
//
//   Seams seams;
//   seams.adjust_policy = [](TokenPolicy& policy) { policy.leeway = 86'400; };
//   return RunServer(argc, argv, JiraServer(), seams);
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/net/http.h"
#include "harness/net/http_async.h"
#include "servers/credentials/credential.h"
#include "servers/guard/bearer.h"
#include "servers/guard/guard.h"
#include "servers/guard/introspection.h"
#include "servers/http/config.h"

namespace iff {

// Keeps apart what must never be shared: issuer, subject, client, scopes, what the token is bound to, and target,
// unambiguously.
std::string PrincipalCacheKey(const Caller& caller, const std::string& target);

// Where a caller's stored credential lies below the KV mount: "users/<entity_id>/<target>".
std::string OwnSecretPath(const Caller& caller, const std::string& entity_id, const std::string& target);

struct Seams {
  bool private_memory = true;  // no core file, no debugger of the same user
  bool one_home = true;        // of several workers, one serves all that is of one principal
  // -- configuration and identity
  std::function<void(Config&)> adjust_config = {};
  std::function<void(TokenPolicy&)> adjust_policy = {};
  std::function<void(KeySourceOptions&)> adjust_keys = {};
  std::function<void(HttpServerOptions&)> adjust_listener = {};
  std::function<void(HttpRequest&)> on_request = {};                        // sees and changes each request first
  std::function<void(const HttpRequest&, HttpResponse&)> on_response = {};  // and each answer last, or a stream's head
  std::function<Presented(const HttpRequest&)> read_credentials = {};       // default: ReadCredentials
  VerifyFunction verify = {};                                               // default: VerifyToken
  CertificateMatches certificate_matches = {};                              // default: IsThatCertificate
  bool remember_verdicts = true;
  // -- proofs of possession
  VerifyProofFunction verify_proof = {};  // default: VerifyProof
  bool proofs_once = true;                // a proof is taken only once
  bool binding_optional = false;          // a bound token is taken as a bearer's too
  // Verdicts are kept but their times are not asked again (see also verify).
  std::function<std::shared_ptr<Authenticator>(std::shared_ptr<Authenticator>)> wrap_authenticator = {};
  std::function<std::shared_ptr<Authorizer>(std::shared_ptr<Authorizer>)> wrap_authorizer = {};
  std::function<std::shared_ptr<RateLimiter>(std::shared_ptr<RateLimiter>)> wrap_limiter = {};
  std::function<std::shared_ptr<AuditTrail>(std::shared_ptr<AuditTrail>)> wrap_audit = {};
  std::function<void(Offer&)> adjust_offer = {};  // tools, scopes, descriptions, run functions
  // For how long a result is held back before the caller gets it.
  std::function<std::chrono::milliseconds(const ToolResult&)> hold_back = {};

  // -- introspection, where it is on
  std::function<void(IntrospectionOptions&)> adjust_introspection = {};

  // -- credentials
  std::function<std::string(const Caller&, const std::string& target)> cache_key = {};
  std::function<std::string(const Caller&, const std::string& entity_id, const std::string& target)> secret_path = {};
  std::function<std::string(const Caller&, const std::string& entity_id)> database_role = {};
  // The token Vault's login gets instead of the one chosen by the mode.
  std::function<std::optional<Secret>(const Caller&)> login_token = {};
  std::function<void(const Secret& vault_token)> on_login = {};  // at Vault, as somebody
  // How long a credential may be used; gets the right answer, gives another.
  std::function<int64_t(const Caller&, int64_t expires_at)> adjust_expiry = {};
  // A credential to use although the broker refused.
  std::function<std::optional<Credential>(const Caller&, const std::string& target, const Failure&)> fallback = {};
  // Uses a credential once more although the upstream refused it or its lease ended.
  bool keep_after_revocation = false;
  bool follow_redirects = false;  // of Vault, to wherever it says
  bool single_flight = true;
  bool give_back = true;  // Vault tokens at eviction and shutdown

  // -- upstream
  std::function<void(HttpRequest&, const Caller&, const Credential&)> on_upstream_request = {};
  std::function<void(Failure&, const std::string& detail)> decorate_error =
      {};  // detail: what was kept from the caller
  std::function<void(ToolResult&, const Caller&)> adjust_result = {};

  // -- SQL
  // Why a statement is not run, or nothing. Default: JudgeStatement of servers/postgres.
  std::function<std::optional<std::string>(const std::string& sql, bool may_write)> judge_sql = {};
  bool simple_protocol = false;     // several statements in one text
  bool always_read_write = false;   // no READ ONLY
  bool keep_session_state = false;  // no DISCARD ALL between two calls
  bool share_connections = false;   // pool not keyed by principal
  bool role_unasked = false;        // a kept connection is used though the database dropped its role
  bool hoard_connections = false;   // a new one although one lies idle, up to twenty
  bool lend_connections = false;    // whoever the database gives none is lent another's that lies idle
};

}  // namespace iff
