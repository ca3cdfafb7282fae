// How one server is set up: environment variables IFF_*, over a file of the same names (KEY=VALUE lines
// or one JSON object), over defaults that are the safe ones. What is missing or contradicts itself is
// refused at start, all of it in one message.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/log.h"
#include "harness/core/result.h"
#include "harness/core/secret.h"
#include "harness/jose/key.h"
#include "harness/jose/profile.h"
#include "harness/net/endpoint.h"
#include "harness/net/tls.h"
#include "servers/guard/token_binding.h"

namespace iff {

// So many calls in so much time; the whole number may come at once.
struct RateBudget {
  int64_t count = 600;
  std::chrono::seconds span = std::chrono::seconds(60);
};

// How the caller's identity gets to Vault.
enum class CredentialMode {
  kExchange,     // by a token of its own, whose only audience is Vault (RFC 8693)
  kPassthrough,  // by the caller's token itself, as it came; MCP authorization says not to
};

struct ServerNeeds {
  bool upstream = false;  // an HTTP service at IFF_UPSTREAM_URL
  bool database = false;  // PostgreSQL at IFF_DATABASE_ADDR
};

struct Config {
  // IFF_LISTEN. Loopback only, unless it speaks TLS or IFF_LISTEN_PUBLIC says that something in front ends it.
  Endpoint listen = {};
  // IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE: the listener speaks TLS itself and nothing else, and may then be
  // public. IFF_TLS_CLIENT_CA_FILE: clients are asked for certificates of these CAs, which token binding needs. All
  // PEM, read at start only (harness/net/tls.h).
  TlsServerOptions tls = {};
  // IFF_CERTIFICATE_BINDING: none, possible or required. What a proxy says of a client in header fields counts for
  // nothing.
  TokenBinding certificate_binding = TokenBinding::kNone;
  bool stdio = false;  // --stdio: no listener, the token comes from IFF_MCP_TOKEN_FILE
  std::string token_file = {};

  std::string resource = {};                             // IFF_RESOURCE: our URL as clients know it (RFC 9728)
  std::string audience = {};                             // IFF_AUDIENCE: what names us in aud
  std::string issuer = {};                               // IFF_ISSUER
  Url jwks_url = {};                                     // IFF_JWKS_URL
  std::set<Algorithm> algorithms = {Algorithm::kRs256};  // IFF_TOKEN_ALGORITHMS
  std::set<std::string> clients = {};                    // IFF_TOKEN_CLIENTS; empty: any
  // IFF_TOKEN_COMPANIONS: audiences that may stand beside ours. Default: account, which Keycloak adds
  // to every token of a person with the realm's default roles.
  std::set<std::string> companions = {"account"};
  // How the issuer writes its tokens, where it says so (IFF_TOKEN_PROFILE). Default: as Keycloak and RFC 9068 do.
  std::optional<TokenProfile> profile = {};
  int64_t leeway = 0;                  // IFF_TOKEN_LEEWAY, seconds
  int64_t token_max_lifetime = 86400;  // IFF_TOKEN_MAX_LIFETIME, seconds
  // IFF_TOKEN_BINDING none, possible or required: tokens bound to a key, with a proof in every request (DPoP, RFC
  // 9449).
  TokenBinding token_binding = TokenBinding::kNone;
  int64_t proof_window = 60;  // IFF_PROOF_WINDOW, seconds between a proof's iat and now, before and after

  // A key that left the set stops working after at most jwks_refresh while the issuer answers, and
  // no key works longer than jwks_max_age after the last answer.
  std::chrono::seconds jwks_refresh = std::chrono::seconds(60);   // IFF_JWKS_REFRESH
  std::chrono::seconds jwks_max_age = std::chrono::seconds(600);  // IFF_JWKS_MAX_AGE
  std::chrono::seconds jwks_cooldown = std::chrono::seconds(2);   // IFF_JWKS_COOLDOWN

  CredentialMode mode = CredentialMode::kExchange;  // IFF_CREDENTIAL_MODE
  Url token_url = {};                               // IFF_TOKEN_URL
  std::string client_id = {};                       // IFF_CLIENT_ID
  Secret client_secret = {};                        // content of IFF_CLIENT_SECRET_FILE

  // IFF_INTROSPECTION_URL: the issuer is asked at this endpoint whether a verified token is still active (RFC 7662), as
  // IFF_CLIENT_ID, in either mode. Default: not asked; what ended at the issuer is noticed when the token expires.
  std::optional<Url> introspection_url = {};
  // IFF_INTROSPECTION_TTL, seconds: a token that was active is not asked about again for so long. 0: asked at each
  // request.
  std::chrono::seconds introspection_ttl = std::chrono::seconds(10);

  Url vault = {};                                 // IFF_VAULT_ADDR
  std::string vault_role = {};                    // IFF_VAULT_ROLE
  std::string vault_audience = {};                // IFF_VAULT_AUDIENCE
  std::string vault_auth_mount = "jwt";           // IFF_VAULT_AUTH_MOUNT
  std::string vault_kv_mount = "secret";          // IFF_VAULT_KV_MOUNT
  std::string vault_database_mount = "database";  // IFF_VAULT_DATABASE_MOUNT
  // IFF_VAULT_ENTITY_POLICY: a policy provisioning attaches to each entity itself. A login whose entity
  // does not carry it made its entity on the spot, and is refused. Default: not asked.
  std::string vault_entity_policy = {};
  std::chrono::milliseconds vault_timeout = std::chrono::seconds(5);  // IFF_VAULT_TIMEOUT_MS

  // IFF_CREDENTIAL_TTL: longest time a stored credential is kept. A change in Vault is noticed after at
  // most so long, or at once when the upstream answers 401. Default: 60 s.
  std::chrono::seconds credential_ttl = std::chrono::seconds(60);
  size_t credential_cache = 4096;  // IFF_CREDENTIAL_CACHE: principals kept

  Url upstream = {};                                                     // IFF_UPSTREAM_URL
  std::chrono::milliseconds upstream_timeout = std::chrono::seconds(5);  // IFF_UPSTREAM_TIMEOUT_MS
  Endpoint database = {};                                                // IFF_DATABASE_ADDR
  std::string database_name = {};                                        // IFF_DATABASE_NAME
  std::string database_sslmode = "disable";                              // IFF_DATABASE_SSLMODE
  std::chrono::milliseconds sql_timeout = std::chrono::seconds(5);       // IFF_SQL_TIMEOUT_MS
  size_t sql_max_rows = 1000;                                            // IFF_SQL_MAX_ROWS
  size_t sql_max_bytes = size_t{1} << 20;                                // IFF_SQL_MAX_BYTES
  size_t sql_idle_connections = 50;  // IFF_SQL_IDLE_CONNECTIONS, everybody's together

  std::string audit_file = {};  // IFF_AUDIT_FILE
  bool audit_fsync = false;     // IFF_AUDIT_FSYNC

  RateBudget rate = {};                          // IFF_RATE_LIMIT "600/60": calls/seconds
  std::map<std::string, RateBudget> rates = {};  // IFF_RATE_LIMITS "write=60/60,read=600/60"
  bool rate_counts_refused = false;              // IFF_RATE_COUNT_REFUSED

  std::vector<std::string> allowed_origins = {};  // IFF_ALLOWED_ORIGINS
  std::vector<std::string> allowed_hosts = {};    // IFF_ALLOWED_HOSTS
  // IFF_WORKERS, 1 to 64: threads that serve, each the home of its share of the principals. With more than one the
  // limits on idle connections, kept credentials and connections are shared out, and each asks for the issuer's keys
  // itself.
  size_t workers = 1;
  std::chrono::milliseconds drain = std::chrono::seconds(5);  // IFF_DRAIN_MS
  LogLevel log_level = LogLevel::kInfo;                       // IFF_LOG_LEVEL
};

using Settings = std::map<std::string, std::string>;

// KEY=VALUE lines with # comments, or one JSON object. Unknown names are refused.
Result<Settings> ParseSettings(std::string_view text);

// Every IFF_* variable of this process.
Settings EnvironmentSettings();

// kInvalidInput listing every mistake, one a line.
Result<Config> LoadConfig(const Settings& settings, const ServerNeeds& needs, bool stdio);

// The content of a file that holds one secret, without the line break at its end; at most 64 KiB. kInvalidInput: other
// accounts may write it. That they may read it is logged as a warning and not refused: secrets that are mounted into a
// container often have mode 0444 or 0644.
Result<Secret> ReadSecretFile(const std::string& path);

}  // namespace iff
