// Where a deliberately broken server differs from the shipped one: each hook replaces one decision, and
// an empty hook is the right behaviour. The shipped programs pass Hooks{}; nothing outside the program's
// own source sets a hook, so there is no switch that weakens a shipped server.
//
//   Hooks hooks;
//   hooks.adjust_policy = [](TokenPolicy& policy) { policy.leeway = 86'400; };
//   return RunServer(argc, argv, JiraServer(), hooks);
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/net/http.h"
#include "harness/net/http_async.h"
#include "servers/credentials/credential_hooks.h"
#include "servers/guard/bearer.h"
#include "servers/guard/guard.h"
#include "servers/guard/introspection.h"
#include "servers/http/config.h"
#include "servers/http/process.h"
#include "servers/http/shard.h"
#include "servers/mcp/mcp_server.h"

namespace iff {

class SqlRules;

// Which of a server's workers a principal belongs to; see shard.h.
using MakeShards = std::function<std::unique_ptr<Shards>(size_t here, size_t workers)>;

struct Hooks : CredentialHooks {
  // -- the process and its configuration
  std::function<void()> protect_memory = ProtectMemory;
  MakeShards make_shards = MakeTokenShards;
  std::function<void(Settings&)> adjust_settings = {};  // before they are read
  // -- transport and identity
  std::function<void(Config&)> adjust_config = {};
  std::function<void(TokenPolicy&)> adjust_policy = {};
  std::function<void(KeySourceOptions&)> adjust_keys = {};
  std::function<void(HttpServerOptions&)> adjust_listener = {};
  std::function<void(McpServerOptions&)> adjust_mcp = {};
  std::function<void(HttpRequest&)> on_request = {};                        // sees and changes each request first
  std::function<void(const HttpRequest&, HttpResponse&)> on_response = {};  // and each answer last, or a stream's head
  std::function<Presented(const HttpRequest&)> read_credentials = {};       // default: ReadCredentials
  VerifyFunction verify = {};                                               // default: VerifyToken
  CertificateMatches certificate_matches = {};                              // default: IsThatCertificate
  // -- proofs of possession
  VerifyProofFunction verify_proof = {};                   // default: VerifyProof
  std::function<void(BearerOptions&)> adjust_bearer = {};  // last, after all of the above
  // -- decisions
  std::function<std::shared_ptr<Authenticator>(std::shared_ptr<Authenticator>)> wrap_authenticator = {};
  std::function<std::shared_ptr<Authorizer>(std::shared_ptr<Authorizer>)> wrap_authorizer = {};
  std::function<std::shared_ptr<RateLimiter>(std::shared_ptr<RateLimiter>)> wrap_limiter = {};
  std::function<std::shared_ptr<AuditTrail>(std::shared_ptr<AuditTrail>)> wrap_audit = {};
  std::function<void(Offer&)> adjust_offer = {};  // tools, scopes, descriptions, run functions
  // For how long a result is held back before the caller gets it.
  std::function<std::chrono::milliseconds(const ToolResult&)> hold_back = {};

  // -- introspection, where it is on
  std::function<void(IntrospectionOptions&)> adjust_introspection = {};

  // -- tools; credentials and upstream: CredentialHooks
  std::function<void(ToolResult&, const Caller&)> adjust_result = {};

  // -- SQL
  // Why a statement is not run, or nothing. Default: JudgeStatement of servers/postgres.
  std::function<std::optional<std::string>(const std::string& sql, bool may_write)> judge_sql = {};
  // Connections and statements of the server that has a database (servers/postgres/sql_rules.h). Default: SqlRules.
  std::shared_ptr<const SqlRules> sql_rules = {};
};

}  // namespace iff
