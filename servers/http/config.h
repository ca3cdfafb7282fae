// What every server is set up with; what its parts read beside it (credentials, an upstream, a database) is theirs.
// Where settings come from: servers/settings/settings.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/log.h"
#include "harness/core/result.h"
#include "harness/jose/token.h"
#include "harness/net/endpoint.h"
#include "harness/net/tls.h"
#include "servers/guard/rate_budget.h"
#include "servers/guard/token_binding.h"
#include "servers/settings/settings.h"

namespace iff {

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

  std::string resource = {};  // IFF_RESOURCE: our URL as clients know it (RFC 9728)
  Url jwks_url = {};          // IFF_JWKS_URL
  // What a token must be, read straight into what verifies it; what binds it to a certificate or a key is below.
  //   issuer        IFF_ISSUER
  //   audience      IFF_AUDIENCE: what names us in aud
  //   companions    IFF_TOKEN_COMPANIONS: audiences that are tolerated beside ours in one token; not further audiences
  //                 of this server: a token with one of these alone is refused. `none`: no other. Default: account,
  //                 which Keycloak adds to every token of a person with the realm's default roles.
  //   algorithms    IFF_TOKEN_ALGORITHMS. Default: RS256.
  //   clients       IFF_TOKEN_CLIENTS; empty: any
  //   leeway        IFF_TOKEN_LEEWAY, seconds. Default: 0.
  //   max_lifetime  IFF_TOKEN_MAX_LIFETIME, seconds. Default: a day.
  // What an issuer leaves out of its tokens is said by IFF_TOKEN_PROFILE. Default: as Keycloak and RFC 9068 have it.
  TokenPolicy policy = {.companions = {"account"}};
  // IFF_TOKEN_BINDING none, possible or required: tokens bound to a key, with a proof in every request (DPoP, RFC
  // 9449).
  TokenBinding token_binding = TokenBinding::kNone;
  int64_t proof_window = 60;  // IFF_PROOF_WINDOW, seconds between a proof's iat and now, before and after

  // A key that left the set stops working after at most jwks_refresh while the issuer answers, and
  // no key works longer than jwks_max_age after the last answer.
  std::chrono::seconds jwks_refresh = std::chrono::seconds(60);   // IFF_JWKS_REFRESH
  std::chrono::seconds jwks_max_age = std::chrono::seconds(600);  // IFF_JWKS_MAX_AGE
  std::chrono::seconds jwks_cooldown = std::chrono::seconds(2);   // IFF_JWKS_COOLDOWN

  // IFF_INTROSPECTION_URL: the issuer is asked at this endpoint whether a verified token is still active (RFC 7662), as
  // `client`. Default: not asked; what ended at the issuer is noticed when the token expires.
  std::optional<Url> introspection_url = {};
  // IFF_INTROSPECTION_TTL, seconds: a token that was active is not asked about again for so long. 0: asked at each
  // request.
  std::chrono::seconds introspection_ttl = std::chrono::seconds(10);

  ClientCredentials client = {};  // with introspection_url

  std::string audit_file = {};  // IFF_AUDIT_FILE
  bool audit_fsync = false;     // IFF_AUDIT_FSYNC

  RateBudget rate = {};                          // IFF_RATE_LIMIT "600/60": calls/seconds
  std::map<std::string, RateBudget> rates = {};  // IFF_RATE_LIMITS "write=60/60,read=600/60"
  bool rate_counts_refused = false;              // IFF_RATE_COUNT_REFUSED

  std::vector<std::string> allowed_origins = {};  // IFF_ALLOWED_ORIGINS
  std::vector<std::string> allowed_hosts = {};    // IFF_ALLOWED_HOSTS
  // IFF_WORKERS, 1 to 64: threads that serve, each with a shard of the principals. With more than one the
  // limits on idle connections, kept credentials and connections are shared out, and each asks for the issuer's keys
  // itself.
  size_t workers = 1;
  // IFF_SESSIONS: kept (the default) in the memory of this process, or none, so that replicas of a server can stand
  // behind a load balancer without stickiness (MCP 2025-11-25, transports: a session is optional).
  bool sessions = true;
  // IFF_SSE: HTTP+SSE of MCP 2024-11-05 is served as well, at /sse and /messages/ beside the path of IFF_RESOURCE, for
  // clients that speak nothing newer. Each stream is in the memory of this process: not with IFF_SESSIONS=none.
  bool sse = false;
  std::chrono::milliseconds drain = std::chrono::seconds(5);  // IFF_DRAIN_MS
  LogLevel log_level = LogLevel::kInfo;                       // IFF_LOG_LEVEL
};

// True for the settings every server has and those of `parts`.
bool IsSetting(std::string_view name, const std::vector<SettingsPart>& parts);

// Reads what every server has, and has each of `parts` read its own. kInvalidInput listing every mistake, one a line.
Result<Config> LoadConfig(const Settings& settings, const std::vector<SettingsPart>& parts, bool stdio);

}  // namespace iff
