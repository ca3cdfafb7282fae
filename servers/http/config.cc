#include "servers/http/config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "harness/jose/profile.h"
#include "harness/jose/token.h"
#include "servers/mcp/mcp_server.h"

namespace iff {
namespace {

constexpr std::array kNames = {
    "IFF_LISTEN",
    "IFF_LISTEN_PUBLIC",
    "IFF_PLAIN_HTTP_HOSTS",
    "IFF_MCP_TOKEN_FILE",
    "IFF_RESOURCE",
    "IFF_AUDIENCE",
    "IFF_ISSUER",
    "IFF_JWKS_URL",
    "IFF_TOKEN_ALGORITHMS",
    "IFF_TOKEN_CLIENTS",
    "IFF_TOKEN_COMPANIONS",
    "IFF_TOKEN_PROFILE",
    "IFF_TOKEN_LEEWAY",
    "IFF_TOKEN_MAX_LIFETIME",
    "IFF_TOKEN_BINDING",
    "IFF_PROOF_WINDOW",
    "IFF_JWKS_REFRESH",
    "IFF_JWKS_MAX_AGE",
    "IFF_JWKS_COOLDOWN",
    "IFF_CLIENT_ID",
    "IFF_CLIENT_SECRET_FILE",
    "IFF_AUDIT_FILE",
    "IFF_AUDIT_FSYNC",
    "IFF_RATE_LIMIT",
    "IFF_RATE_LIMITS",
    "IFF_RATE_COUNT_REFUSED",
    "IFF_ALLOWED_ORIGINS",
    "IFF_ALLOWED_HOSTS",
    "IFF_DRAIN_MS",
    "IFF_LOG_LEVEL",
    "IFF_WORKERS",
    "IFF_SESSIONS",
    "IFF_SSE",
    "IFF_INTROSPECTION_URL",
    "IFF_INTROSPECTION_TTL",
    "IFF_TLS_CERTIFICATE_FILE",
    "IFF_TLS_KEY_FILE",
    "IFF_TLS_CLIENT_CA_FILE",
    "IFF_CERTIFICATE_BINDING",
};

std::optional<RateBudget> Budget(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<int64_t> count = WholeNumber(text.substr(0, slash));
  const std::optional<int64_t> span = WholeNumber(text.substr(slash + 1));
  if (!count || !span || *count < 1 || *span < 1 || *span > 86'400) return std::nullopt;
  return RateBudget{.count = *count, .span = std::chrono::seconds(*span)};
}

void ReadListener(SettingsReader& reader, bool stdio, Config& config) {
  config.stdio = stdio;
  if (stdio) {
    config.token_file = reader.Needed("IFF_MCP_TOKEN_FILE", "with --stdio");
    return;
  }
  if (!reader.Text("IFF_MCP_TOKEN_FILE").empty()) reader.Mistake("IFF_MCP_TOKEN_FILE is for --stdio only");
  const std::string listen = reader.Needed("IFF_LISTEN");
  config.listen = reader.Address("IFF_LISTEN", listen);
  const bool open = reader.Flag("IFF_LISTEN_PUBLIC") || !reader.Text("IFF_TLS_CERTIFICATE_FILE").empty();
  if (!listen.empty() && !open && !IsThisHost(config.listen.host)) {
    reader.Mistake("IFF_LISTEN " + LogQuote(listen) + " is not a loopback address; set IFF_TLS_CERTIFICATE_FILE, or " +
                   "IFF_LISTEN_PUBLIC=true where something in front ends TLS");
  }
}

TokenBinding Binding(SettingsReader& reader, const std::string& name) {
  const std::string text = reader.Choice(name, {"none", "possible", "required"});
  if (text == "possible") return TokenBinding::kPossible;
  return text == "required" ? TokenBinding::kRequired : TokenBinding::kNone;
}

void ReadIdentity(SettingsReader& reader, Config& config) {
  TokenPolicy& policy = config.policy;
  config.resource = reader.Needed("IFF_RESOURCE");
  if (!config.resource.empty()) {
    const Result<Url> url = ParseUrl(config.resource);
    if (!url.ok()) reader.Mistake("IFF_RESOURCE: " + url.error().message());
    if (config.resource.find_first_of("?\"\\ ") != std::string::npos) {
      reader.Mistake("IFF_RESOURCE must be a plain URL without a query, not " + LogQuote(config.resource));
    }
  }
  policy.audience = reader.Needed("IFF_AUDIENCE");
  // Compared letter by letter: what a list would be read as is none of its names.
  if (!policy.audience.empty() && SplitList(policy.audience) != std::vector{policy.audience}) {
    reader.Mistake("IFF_AUDIENCE is one audience, not " + LogQuote(policy.audience) +
                   "; what may stand beside it in a token goes into IFF_TOKEN_COMPANIONS");
  }
  policy.issuer = reader.Needed("IFF_ISSUER");
  (void)reader.Peer("IFF_ISSUER", policy.issuer);
  config.jwks_url = reader.NeededPeer("IFF_JWKS_URL");
  const std::vector<std::string> algorithms = reader.List("IFF_TOKEN_ALGORITHMS", "RS256");
  policy.algorithms.clear();
  for (const std::string& name : algorithms) {
    const Result<Algorithm> algorithm = ParseAlgorithm(name);
    if (algorithm.ok()) {
      policy.algorithms.insert(algorithm.value());
    } else {
      reader.Mistake("IFF_TOKEN_ALGORITHMS: " + algorithm.error().message());
    }
  }
  const std::vector<std::string> clients = reader.List("IFF_TOKEN_CLIENTS");
  policy.clients.insert(clients.begin(), clients.end());
  const std::string companions = reader.Text("IFF_TOKEN_COMPANIONS", "account");
  const std::vector<std::string> beside = companions == "none" ? std::vector<std::string>() : SplitList(companions);
  policy.companions = std::set<std::string>(beside.begin(), beside.end());
  if (policy.companions.contains("none")) reader.Mistake("IFF_TOKEN_COMPANIONS: none stands alone");
  if (!policy.audience.empty() && policy.companions.contains(policy.audience)) {
    reader.Mistake("IFF_TOKEN_COMPANIONS: " + LogQuote(policy.audience) +
                   " is IFF_AUDIENCE itself, and is meant to stand beside others");
  }
  const std::string profile = reader.Text("IFF_TOKEN_PROFILE");
  if (profile == "keycloak") {
    reader.Mistake("IFF_TOKEN_PROFILE: 'keycloak' is called 'strict' now");
  } else if (!profile.empty()) {
    const Result<TokenProfile> found = TokenProfile::Named(profile);
    const Result<void> fits = found.ok() ? Require(*found, policy) : Result<void>(found.error());
    if (!fits.ok()) reader.Mistake("IFF_TOKEN_PROFILE: " + fits.error().message());
  }
  policy.leeway = reader.Number("IFF_TOKEN_LEEWAY", policy.leeway, 0, 300);
  policy.max_lifetime = reader.Number("IFF_TOKEN_MAX_LIFETIME", policy.max_lifetime, 1, 30 * 86'400);
  config.token_binding = Binding(reader, "IFF_TOKEN_BINDING");
  config.proof_window = reader.Number("IFF_PROOF_WINDOW", config.proof_window, 1, 300);
  if (config.stdio && config.token_binding == TokenBinding::kRequired) {
    reader.Mistake("IFF_TOKEN_BINDING=required is not for --stdio: there is no request a proof could come with");
  }
  config.jwks_refresh = reader.Seconds("IFF_JWKS_REFRESH", config.jwks_refresh, 1);
  config.jwks_max_age = reader.Seconds("IFF_JWKS_MAX_AGE", config.jwks_max_age, 1);
  config.jwks_cooldown = reader.Seconds("IFF_JWKS_COOLDOWN", config.jwks_cooldown, 1);
  if (config.jwks_max_age < config.jwks_refresh) {
    reader.Mistake("IFF_JWKS_MAX_AGE must not be shorter than IFF_JWKS_REFRESH");
  }
}

void ReadIntrospection(SettingsReader& reader, Config& config) {
  const std::string url = reader.Text("IFF_INTROSPECTION_URL");
  if (url.empty()) {
    if (!reader.Text("IFF_INTROSPECTION_TTL").empty())
      reader.Mistake("IFF_INTROSPECTION_TTL needs IFF_INTROSPECTION_URL");
    return;
  }
  config.introspection_url = reader.Peer("IFF_INTROSPECTION_URL", url);
  config.introspection_ttl = reader.Seconds("IFF_INTROSPECTION_TTL", config.introspection_ttl, 0);
  config.client = reader.Client("to introspect tokens");
}

void ReadTls(SettingsReader& reader, bool stdio, Config& config) {
  TlsServerOptions tls;
  tls.certificate_file = reader.Text("IFF_TLS_CERTIFICATE_FILE");
  tls.key_file = reader.Text("IFF_TLS_KEY_FILE");
  tls.client_ca_file = reader.Text("IFF_TLS_CLIENT_CA_FILE");
  // Asked, not required: who shows none is told in words of HTTP what is missing.
  if (!tls.client_ca_file.empty()) tls.client_certificates = ClientCertificates::kAsked;
  const std::string binding = reader.Text("IFF_CERTIFICATE_BINDING", "none");
  config.certificate_binding = Binding(reader, "IFF_CERTIFICATE_BINDING");
  const bool binds = config.certificate_binding != TokenBinding::kNone;
  const bool speaks = !tls.certificate_file.empty() || !tls.key_file.empty();
  if (stdio && (speaks || !tls.client_ca_file.empty() || binds)) {
    return reader.Mistake("IFF_TLS_* and IFF_CERTIFICATE_BINDING are for a listener, not for --stdio");
  }
  if (config.listen.scheme == "https" && !speaks) {
    reader.Mistake("IFF_LISTEN is https, which needs IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE");
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    reader.Mistake("IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE go together");
  } else if (!speaks && !tls.client_ca_file.empty()) {
    reader.Mistake("IFF_TLS_CLIENT_CA_FILE needs IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE");
  } else if (speaks) {
    const Result<void> usable = CheckTls(tls);
    if (!usable.ok()) reader.Mistake("IFF_TLS_*: " + usable.error().message());
    if (!config.resource.empty() && !config.resource.starts_with("https://")) {
      reader.Mistake("IFF_RESOURCE must be https where IFF_TLS_CERTIFICATE_FILE is set, not " +
                     LogQuote(config.resource));
    }
    config.tls = tls;
  }
  if (binds && tls.client_ca_file.empty()) {
    reader.Mistake("IFF_CERTIFICATE_BINDING=" + binding +
                   " needs IFF_TLS_CLIENT_CA_FILE: no client is asked for a certificate");
  } else if (binding == "none" && !tls.client_ca_file.empty()) {
    reader.Mistake(
        "IFF_TLS_CLIENT_CA_FILE is set, but with IFF_CERTIFICATE_BINDING=none nothing depends on a certificate");
  }
}

void CheckSse(SettingsReader& reader, const Config& config) {
  if (config.stdio) reader.Mistake("IFF_SSE is for a listener, not for --stdio");
  if (!config.sessions) reader.Mistake("IFF_SSE needs IFF_SESSIONS=kept: a stream is one process's");
  const Result<Url> resource = ParseUrl(config.resource);
  if (!resource.ok()) return;  // said before
  const SseOptions beside = SseBeside(resource->target);
  if (resource->target == beside.path || resource->target == beside.messages_path) {
    reader.Mistake("IFF_SSE needs the path of IFF_RESOURCE to be another than " + LogQuote(resource->target));
  }
}

void ReadLimits(SettingsReader& reader, Config& config) {
  config.audit_file = reader.Needed("IFF_AUDIT_FILE");
  config.audit_fsync = reader.Flag("IFF_AUDIT_FSYNC");
  const std::string rate = reader.Text("IFF_RATE_LIMIT", "600/60");
  if (const auto budget = Budget(rate)) {
    config.rate = *budget;
  } else {
    reader.Mistake("IFF_RATE_LIMIT must be calls/seconds such as 600/60, not " + LogQuote(rate));
  }
  for (const std::string& item : reader.List("IFF_RATE_LIMITS")) {
    const size_t equals = item.find('=');
    const auto budget = equals == std::string::npos ? std::nullopt : Budget(std::string_view(item).substr(equals + 1));
    if (budget) {
      config.rates[item.substr(0, equals)] = *budget;
    } else {
      reader.Mistake("IFF_RATE_LIMITS must be group=calls/seconds,..., not " + LogQuote(item));
    }
  }
  config.rate_counts_refused = reader.Flag("IFF_RATE_COUNT_REFUSED");
  config.allowed_origins = reader.List("IFF_ALLOWED_ORIGINS");
  config.allowed_hosts = reader.List("IFF_ALLOWED_HOSTS");
  config.workers = reader.Count("IFF_WORKERS", 1, 1, 64);
  config.sessions = reader.Choice("IFF_SESSIONS", {"kept", "none"}) != "none";
  if (config.stdio && !config.sessions) reader.Mistake("IFF_SESSIONS=none is not for --stdio: its stream is one");
  config.sse = reader.Flag("IFF_SSE");
  if (config.sse) CheckSse(reader, config);
  config.drain = reader.Milliseconds("IFF_DRAIN_MS", config.drain);
  const std::string level = reader.Text("IFF_LOG_LEVEL", "info");
  const std::map<std::string, LogLevel> levels = {{"debug", LogLevel::kDebug},
                                                  {"info", LogLevel::kInfo},
                                                  {"warn", LogLevel::kWarning},
                                                  {"error", LogLevel::kError}};
  if (const auto found = levels.find(level); found != levels.end()) {
    config.log_level = found->second;
  } else {
    reader.Mistake("IFF_LOG_LEVEL must be debug, info, warn or error, not " + LogQuote(level));
  }
}

}  // namespace

bool IsSetting(std::string_view name, const std::vector<SettingsPart>& parts) {
  const auto has = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return has(kNames) || std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return has(part.names); });
}

Result<Config> LoadConfig(const Settings& settings, const std::vector<SettingsPart>& parts, bool stdio) {
  Config config;
  SettingsReader reader(settings);
  ReadListener(reader, stdio, config);
  ReadIdentity(reader, config);
  ReadTls(reader, stdio, config);
  for (const SettingsPart& part : parts) {
    if (part.read) part.read(reader);
  }
  ReadIntrospection(reader, config);
  ReadLimits(reader, config);
  if (stdio && config.workers > 1) reader.Mistake("IFF_WORKERS must be 1 over stdio: one stream has one reader");
  TRY(reader.Done());
  return config;
}

}  // namespace iff
