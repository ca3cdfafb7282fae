#include "servers/http/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/jose/token.h"

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
    "IFF_CREDENTIAL_MODE",
    "IFF_TOKEN_URL",
    "IFF_CLIENT_ID",
    "IFF_CLIENT_SECRET_FILE",
    "IFF_VAULT_ADDR",
    "IFF_VAULT_ROLE",
    "IFF_VAULT_AUDIENCE",
    "IFF_VAULT_AUTH_MOUNT",
    "IFF_VAULT_KV_MOUNT",
    "IFF_VAULT_DATABASE_MOUNT",
    "IFF_VAULT_ENTITY_POLICY",
    "IFF_VAULT_TIMEOUT_MS",
    "IFF_CREDENTIAL_TTL",
    "IFF_CREDENTIAL_CACHE",
    "IFF_UPSTREAM_URL",
    "IFF_UPSTREAM_TIMEOUT_MS",
    "IFF_DATABASE_ADDR",
    "IFF_DATABASE_NAME",
    "IFF_DATABASE_SSLMODE",
    "IFF_SQL_TIMEOUT_MS",
    "IFF_SQL_MAX_ROWS",
    "IFF_SQL_MAX_BYTES",
    "IFF_SQL_IDLE_CONNECTIONS",
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
    "IFF_INTROSPECTION_URL",
    "IFF_INTROSPECTION_TTL",
    "IFF_TLS_CERTIFICATE_FILE",
    "IFF_TLS_KEY_FILE",
    "IFF_TLS_CLIENT_CA_FILE",
    "IFF_CERTIFICATE_BINDING",
};

bool Known(std::string_view name) { return std::find(kNames.begin(), kNames.end(), name) != kNames.end(); }

bool IsThisHost(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::vector<std::string> Listed(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string item = Trimmed(text.substr(0, comma));
    if (!item.empty()) items.push_back(std::move(item));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

constexpr int64_t kNoNumber = std::numeric_limits<int64_t>::min();

// The number that is all of `text`, or kNoNumber.
int64_t Integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : kNoNumber;
}

std::optional<RateBudget> Budget(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const int64_t count = Integer(text.substr(0, slash));
  const int64_t span = Integer(text.substr(slash + 1));
  if (count < 1 || span < 1 || span > 86'400) return std::nullopt;
  return RateBudget{.count = count, .span = std::chrono::seconds(span)};
}

// Takes settings one by one and remembers every mistake.
class Reading {
 public:
  explicit Reading(const Settings& settings) : settings_(settings) {}

  void Mistake(std::string text) { mistakes_.push_back(std::move(text)); }

  std::string Text(const std::string& name, std::string fallback = {}) const {
    const auto found = settings_.find(name);
    return found == settings_.end() || found->second.empty() ? std::move(fallback) : found->second;
  }
  std::string Needed(const std::string& name, std::string_view why = {}) {
    std::string value = Text(name);
    if (value.empty()) Mistake(name + " is missing" + (why.empty() ? "" : " (" + std::string(why) + ")"));
    return value;
  }
  int64_t Number(const std::string& name, int64_t fallback, int64_t least, int64_t most) {
    const std::string text = Text(name);
    if (text.empty()) return fallback;
    const int64_t value = Integer(text);
    if (value >= least && value <= most) return value;
    Mistake(name + " must be a number from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
            LogQuote(text));
    return fallback;
  }
  std::chrono::seconds Seconds(const std::string& name, std::chrono::seconds fallback, int64_t least) {
    return std::chrono::seconds(Number(name, fallback.count(), least, 86'400));
  }
  std::chrono::milliseconds Milliseconds(const std::string& name, std::chrono::milliseconds fallback) {
    return std::chrono::milliseconds(Number(name, fallback.count(), 1, 600'000));
  }
  bool Flag(const std::string& name) {
    const std::string text = Text(name, "false");
    if (text == "true") return true;
    if (text != "false") Mistake(name + " must be true or false, not " + LogQuote(text));
    return false;
  }
  // An absolute URL: https, or http to this machine or to a host the operator named.
  Url Peer(const std::string& name, const std::string& text) {
    if (text.empty()) return {};
    Result<Url> url = ParseUrl(text);
    if (!url.ok()) {
      Mistake(name + ": " + url.error().message());
      return {};
    }
    const Endpoint& there = url.value().endpoint;
    const std::vector<std::string> plain = Listed(Text("IFF_PLAIN_HTTP_HOSTS"));
    if (there.scheme != "https" && !IsThisHost(there.host) &&
        std::find(plain.begin(), plain.end(), there.host) == plain.end()) {
      Mistake(name + " must be https: " + there.host + " is not this machine and not in IFF_PLAIN_HTTP_HOSTS");
    }
    return std::move(url).value();
  }
  // One path segment of Vault's API, chosen by the operator.
  std::string Segment(const std::string& name, std::string fallback) {
    std::string text = Text(name, std::move(fallback));
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain) Mistake(name + " must be letters, digits, - and _, not " + LogQuote(text));
    return text;
  }

  Result<void> Done() const {
    if (mistakes_.empty()) return {};
    std::string all = "read the configuration:";
    for (const std::string& mistake : mistakes_) all += "\n  " + mistake;
    return Error(ErrorKind::kInvalidInput, all);
  }

 private:
  const Settings& settings_;
  std::vector<std::string> mistakes_;
};

Endpoint Address(Reading& reading, const std::string& name, const std::string& text) {
  if (text.empty()) return {};
  const Result<Url> url = ParseUrl(text.find("://") == std::string::npos ? "http://" + text : text);
  if (url.ok() && url.value().target == "/") return url.value().endpoint;
  // ParseUrl knows http and https only; a database's address is host and port.
  const size_t colon = text.rfind(':');
  const int64_t port = colon == std::string::npos ? kNoNumber : Integer(std::string_view(text).substr(colon + 1));
  const size_t scheme = text.find("://");
  const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  if (port < 0 || port > 65'535 || colon <= start) {
    reading.Mistake(name + " must be host:port, not " + LogQuote(text));
    return {};
  }
  Endpoint endpoint;
  endpoint.scheme = "tcp";
  endpoint.host = text.substr(start, colon - start);
  endpoint.port = static_cast<uint16_t>(port);
  return endpoint;
}

void ReadListener(Reading& reading, bool stdio, Config& config) {
  config.stdio = stdio;
  if (stdio) {
    config.token_file = reading.Needed("IFF_MCP_TOKEN_FILE", "with --stdio");
    return;
  }
  if (!reading.Text("IFF_MCP_TOKEN_FILE").empty()) reading.Mistake("IFF_MCP_TOKEN_FILE is for --stdio only");
  const std::string listen = reading.Needed("IFF_LISTEN");
  config.listen = Address(reading, "IFF_LISTEN", listen);
  const bool open = reading.Flag("IFF_LISTEN_PUBLIC") || !reading.Text("IFF_TLS_CERTIFICATE_FILE").empty();
  if (!listen.empty() && !open && !IsThisHost(config.listen.host)) {
    reading.Mistake("IFF_LISTEN " + LogQuote(listen) + " is not a loopback address; set IFF_TLS_CERTIFICATE_FILE, or " +
                    "IFF_LISTEN_PUBLIC=true where something in front ends TLS");
  }
}

TokenBinding Binding(Reading& reading, const std::string& name) {
  const std::string text = reading.Text(name, "none");
  if (text == "possible") return TokenBinding::kPossible;
  if (text == "required") return TokenBinding::kRequired;
  if (text != "none") reading.Mistake(name + " must be none, possible or required, not " + LogQuote(text));
  return TokenBinding::kNone;
}

void ReadIdentity(Reading& reading, Config& config) {
  config.resource = reading.Needed("IFF_RESOURCE");
  if (!config.resource.empty()) {
    const Result<Url> url = ParseUrl(config.resource);
    if (!url.ok()) reading.Mistake("IFF_RESOURCE: " + url.error().message());
    if (config.resource.find_first_of("?\"\\ ") != std::string::npos) {
      reading.Mistake("IFF_RESOURCE must be a plain URL without a query, not " + LogQuote(config.resource));
    }
  }
  config.audience = reading.Needed("IFF_AUDIENCE");
  config.issuer = reading.Needed("IFF_ISSUER");
  (void)reading.Peer("IFF_ISSUER", config.issuer);
  config.jwks_url = reading.Peer("IFF_JWKS_URL", reading.Needed("IFF_JWKS_URL"));
  const std::vector<std::string> algorithms = Listed(reading.Text("IFF_TOKEN_ALGORITHMS", "RS256"));
  config.algorithms.clear();
  for (const std::string& name : algorithms) {
    const Result<Algorithm> algorithm = ParseAlgorithm(name);
    if (algorithm.ok()) {
      config.algorithms.insert(algorithm.value());
    } else {
      reading.Mistake("IFF_TOKEN_ALGORITHMS: " + algorithm.error().message());
    }
  }
  const std::vector<std::string> clients = Listed(reading.Text("IFF_TOKEN_CLIENTS"));
  config.clients.insert(clients.begin(), clients.end());
  const std::string companions = reading.Text("IFF_TOKEN_COMPANIONS", "account");
  const std::vector<std::string> beside = companions == "none" ? std::vector<std::string>() : Listed(companions);
  config.companions = std::set<std::string>(beside.begin(), beside.end());
  if (const std::string profile = reading.Text("IFF_TOKEN_PROFILE"); !profile.empty()) {
    TokenPolicy policy{.clients = config.clients};
    const Result<TokenProfile> found = TokenProfile::Named(profile);
    const Result<void> fits = found.ok() ? Require(*found, policy) : Result<void>(found.error());
    if (fits.ok()) config.profile = *found;
    if (!fits.ok()) reading.Mistake("IFF_TOKEN_PROFILE: " + fits.error().message());
  }
  config.leeway = reading.Number("IFF_TOKEN_LEEWAY", config.leeway, 0, 300);
  config.token_max_lifetime = reading.Number("IFF_TOKEN_MAX_LIFETIME", config.token_max_lifetime, 1, 30 * 86'400);
  config.token_binding = Binding(reading, "IFF_TOKEN_BINDING");
  config.proof_window = reading.Number("IFF_PROOF_WINDOW", config.proof_window, 1, 300);
  if (config.stdio && config.token_binding == TokenBinding::kRequired) {
    reading.Mistake("IFF_TOKEN_BINDING=required is not for --stdio: there is no request a proof could come with");
  }
  config.jwks_refresh = reading.Seconds("IFF_JWKS_REFRESH", config.jwks_refresh, 1);
  config.jwks_max_age = reading.Seconds("IFF_JWKS_MAX_AGE", config.jwks_max_age, 1);
  config.jwks_cooldown = reading.Seconds("IFF_JWKS_COOLDOWN", config.jwks_cooldown, 1);
  if (config.jwks_max_age < config.jwks_refresh) {
    reading.Mistake("IFF_JWKS_MAX_AGE must not be shorter than IFF_JWKS_REFRESH");
  }
}

void ReadClientSecret(Reading& reading, std::string_view why, Config& config) {
  config.client_id = reading.Needed("IFF_CLIENT_ID", why);
  const std::string file = reading.Needed("IFF_CLIENT_SECRET_FILE", why);
  if (file.empty()) return;
  Result<Secret> secret = ReadSecretFile(file);
  if (secret.ok()) {
    config.client_secret = std::move(secret).value();
  } else {
    reading.Mistake("IFF_CLIENT_SECRET_FILE: " + secret.error().message());
  }
}

void ReadIntrospection(Reading& reading, Config& config) {
  const std::string url = reading.Text("IFF_INTROSPECTION_URL");
  if (url.empty()) {
    if (!reading.Text("IFF_INTROSPECTION_TTL").empty())
      reading.Mistake("IFF_INTROSPECTION_TTL needs IFF_INTROSPECTION_URL");
    return;
  }
  config.introspection_url = reading.Peer("IFF_INTROSPECTION_URL", url);
  config.introspection_ttl = reading.Seconds("IFF_INTROSPECTION_TTL", config.introspection_ttl, 0);
  // To exchange tokens it was read already.
  if (config.mode == CredentialMode::kPassthrough) ReadClientSecret(reading, "to introspect tokens", config);
}

void ReadTls(Reading& reading, bool stdio, Config& config) {
  TlsServerOptions tls;
  tls.certificate_file = reading.Text("IFF_TLS_CERTIFICATE_FILE");
  tls.key_file = reading.Text("IFF_TLS_KEY_FILE");
  tls.client_ca_file = reading.Text("IFF_TLS_CLIENT_CA_FILE");
  // Asked, not required: who shows none is told in words of HTTP what is missing.
  if (!tls.client_ca_file.empty()) tls.client_certificates = ClientCertificates::kAsked;
  const std::string binding = reading.Text("IFF_CERTIFICATE_BINDING", "none");
  config.certificate_binding = Binding(reading, "IFF_CERTIFICATE_BINDING");
  const bool binds = config.certificate_binding != TokenBinding::kNone;
  const bool speaks = !tls.certificate_file.empty() || !tls.key_file.empty();
  if (stdio && (speaks || !tls.client_ca_file.empty() || binds)) {
    return reading.Mistake("IFF_TLS_* and IFF_CERTIFICATE_BINDING are for a listener, not for --stdio");
  }
  if (config.listen.scheme == "https" && !speaks) {
    reading.Mistake("IFF_LISTEN is https, which needs IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE");
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    reading.Mistake("IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE go together");
  } else if (!speaks && !tls.client_ca_file.empty()) {
    reading.Mistake("IFF_TLS_CLIENT_CA_FILE needs IFF_TLS_CERTIFICATE_FILE and IFF_TLS_KEY_FILE");
  } else if (speaks) {
    const Result<void> usable = CheckTls(tls);
    if (!usable.ok()) reading.Mistake("IFF_TLS_*: " + usable.error().message());
    if (!config.resource.empty() && !config.resource.starts_with("https://")) {
      reading.Mistake("IFF_RESOURCE must be https where IFF_TLS_CERTIFICATE_FILE is set, not " +
                      LogQuote(config.resource));
    }
    config.tls = tls;
  }
  if (binds && tls.client_ca_file.empty()) {
    reading.Mistake("IFF_CERTIFICATE_BINDING=" + binding +
                    " needs IFF_TLS_CLIENT_CA_FILE: no client is asked for a certificate");
  } else if (binding == "none" && !tls.client_ca_file.empty()) {
    reading.Mistake(
        "IFF_TLS_CLIENT_CA_FILE is set, but with IFF_CERTIFICATE_BINDING=none nothing depends on a certificate");
  }
}

void ReadBroker(Reading& reading, Config& config) {
  const std::string mode = reading.Text("IFF_CREDENTIAL_MODE", "exchange");
  if (mode != "exchange" && mode != "passthrough") {
    reading.Mistake("IFF_CREDENTIAL_MODE must be exchange or passthrough, not " + LogQuote(mode));
  }
  config.mode = mode == "passthrough" ? CredentialMode::kPassthrough : CredentialMode::kExchange;
  if (config.mode == CredentialMode::kExchange) {
    constexpr std::string_view kWhy = "to exchange tokens";
    config.token_url = reading.Peer("IFF_TOKEN_URL", reading.Needed("IFF_TOKEN_URL", kWhy));
    config.vault_audience = reading.Needed("IFF_VAULT_AUDIENCE", kWhy);
    ReadClientSecret(reading, kWhy, config);
    if (!config.audience.empty() && config.audience == config.vault_audience) {
      reading.Mistake("IFF_VAULT_AUDIENCE and IFF_AUDIENCE must differ: a token for us must be none for Vault");
    }
  }
  config.vault = reading.Peer("IFF_VAULT_ADDR", reading.Needed("IFF_VAULT_ADDR"));
  config.vault_role = reading.Needed("IFF_VAULT_ROLE");
  config.vault_auth_mount = reading.Segment("IFF_VAULT_AUTH_MOUNT", config.vault_auth_mount);
  config.vault_kv_mount = reading.Segment("IFF_VAULT_KV_MOUNT", config.vault_kv_mount);
  config.vault_database_mount = reading.Segment("IFF_VAULT_DATABASE_MOUNT", config.vault_database_mount);
  config.vault_entity_policy = reading.Text("IFF_VAULT_ENTITY_POLICY");
  config.vault_timeout = reading.Milliseconds("IFF_VAULT_TIMEOUT_MS", config.vault_timeout);
  config.credential_ttl = reading.Seconds("IFF_CREDENTIAL_TTL", config.credential_ttl, 0);
  config.credential_cache = static_cast<size_t>(
      reading.Number("IFF_CREDENTIAL_CACHE", static_cast<int64_t>(config.credential_cache), 1, 1'000'000));
}

void ReadUpstream(Reading& reading, const ServerNeeds& needs, Config& config) {
  if (needs.upstream) {
    config.upstream = reading.Peer("IFF_UPSTREAM_URL", reading.Needed("IFF_UPSTREAM_URL"));
    config.upstream_timeout = reading.Milliseconds("IFF_UPSTREAM_TIMEOUT_MS", config.upstream_timeout);
  }
  if (!needs.database) return;
  config.database = Address(reading, "IFF_DATABASE_ADDR", reading.Needed("IFF_DATABASE_ADDR"));
  config.database_name = reading.Needed("IFF_DATABASE_NAME");
  const bool near = IsThisHost(config.database.host);
  config.database_sslmode = reading.Text("IFF_DATABASE_SSLMODE", near ? "disable" : "verify-full");
  constexpr std::array<std::string_view, 4> kModes = {"disable", "require", "verify-ca", "verify-full"};
  if (std::find(kModes.begin(), kModes.end(), config.database_sslmode) == kModes.end()) {
    reading.Mistake("IFF_DATABASE_SSLMODE must be disable, require, verify-ca or verify-full, not " +
                    LogQuote(config.database_sslmode));
  }
  config.sql_timeout = reading.Milliseconds("IFF_SQL_TIMEOUT_MS", config.sql_timeout);
  config.sql_max_rows = static_cast<size_t>(reading.Number("IFF_SQL_MAX_ROWS", 1000, 1, 1'000'000));
  config.sql_max_bytes = static_cast<size_t>(reading.Number("IFF_SQL_MAX_BYTES", 1 << 20, 1024, 1 << 28));
  config.sql_idle_connections = static_cast<size_t>(reading.Number("IFF_SQL_IDLE_CONNECTIONS", 50, 0, 10'000));
}

void ReadLimits(Reading& reading, Config& config) {
  config.audit_file = reading.Needed("IFF_AUDIT_FILE");
  config.audit_fsync = reading.Flag("IFF_AUDIT_FSYNC");
  const std::string rate = reading.Text("IFF_RATE_LIMIT", "600/60");
  if (const auto budget = Budget(rate)) {
    config.rate = *budget;
  } else {
    reading.Mistake("IFF_RATE_LIMIT must be calls/seconds such as 600/60, not " + LogQuote(rate));
  }
  for (const std::string& item : Listed(reading.Text("IFF_RATE_LIMITS"))) {
    const size_t equals = item.find('=');
    const auto budget = equals == std::string::npos ? std::nullopt : Budget(std::string_view(item).substr(equals + 1));
    if (budget) {
      config.rates[item.substr(0, equals)] = *budget;
    } else {
      reading.Mistake("IFF_RATE_LIMITS must be group=calls/seconds,..., not " + LogQuote(item));
    }
  }
  config.rate_counts_refused = reading.Flag("IFF_RATE_COUNT_REFUSED");
  config.allowed_origins = Listed(reading.Text("IFF_ALLOWED_ORIGINS"));
  config.allowed_hosts = Listed(reading.Text("IFF_ALLOWED_HOSTS"));
  config.workers = static_cast<size_t>(reading.Number("IFF_WORKERS", 1, 1, 64));
  config.drain = reading.Milliseconds("IFF_DRAIN_MS", config.drain);
  const std::string level = reading.Text("IFF_LOG_LEVEL", "info");
  const std::map<std::string, LogLevel> levels = {{"debug", LogLevel::kDebug},
                                                  {"info", LogLevel::kInfo},
                                                  {"warn", LogLevel::kWarning},
                                                  {"error", LogLevel::kError}};
  if (const auto found = levels.find(level); found != levels.end()) {
    config.log_level = found->second;
  } else {
    reading.Mistake("IFF_LOG_LEVEL must be debug, info, warn or error, not " + LogQuote(level));
  }
}

}  // namespace

Result<Settings> ParseSettings(std::string_view text) {
  Settings settings;
  if (Trimmed(text).starts_with("{")) {
    const Json object = TRY(ParseJson(text).While("read the configuration file"));
    for (const auto& [name, value] : object.items()) {
      settings[name] = value.is_string() ? value.get<std::string>() : Dump(value);
    }
  } else {
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      line = Trimmed(line);
      if (line.empty() || line.front() == '#') continue;
      const size_t equals = line.find('=');
      if (equals == std::string::npos) {
        return Error(ErrorKind::kInvalidInput,
                     "read the configuration file: line " + std::to_string(number) + " is not NAME=VALUE");
      }
      settings[Trimmed(line.substr(0, equals))] = Trimmed(line.substr(equals + 1));
    }
  }
  for (const auto& [name, value] : settings) {
    if (!Known(name)) {
      return Error(ErrorKind::kInvalidInput, "read the configuration file: unknown setting " + LogQuote(name));
    }
  }
  return settings;
}

Settings EnvironmentSettings() {
  Settings settings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with("IFF_")) continue;
    const std::string name(text.substr(0, equals));
    if (!Known(name)) {
      Log(LogLevel::kWarning, "unknown-setting-ignored", {{"name", name}});
      continue;
    }
    settings[name] = text.substr(equals + 1);
  }
  return settings;
}

Result<Config> LoadConfig(const Settings& settings, const ServerNeeds& needs, bool stdio) {
  Config config;
  Reading reading(settings);
  ReadListener(reading, stdio, config);
  ReadIdentity(reading, config);
  ReadTls(reading, stdio, config);
  ReadBroker(reading, config);
  ReadIntrospection(reading, config);
  ReadUpstream(reading, needs, config);
  ReadLimits(reading, config);
  if (stdio && config.workers > 1) reading.Mistake("IFF_WORKERS must be 1 over stdio: one stream has one reader");
  TRY(reading.Done());
  return config;
}

namespace {

std::string Octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

}  // namespace

Result<Secret> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return SystemError("open " + path, errno);
  // Others who can write it choose the secret; others who can only read it may be meant to: where secrets are mounted
  // into a container, their mode is often 0444 or 0644 and no other account is there.
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return SystemError("look at " + path, errno);
  if (S_ISREG(status.st_mode) && (status.st_mode & 0022U) != 0) {
    return Error(ErrorKind::kInvalidInput,
                 "read " + path + ": other accounts may write it (mode " + Octal(status.st_mode) + "): chmod 600");
  }
  if ((status.st_mode & 0044U) != 0) {
    Log(LogLevel::kWarning, "secret-readable-by-others",
        {{"file", path}, {"mode", Octal(status.st_mode)}, {"do", "chmod 600"}});
  }
  std::string text(65'536, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return Error(ErrorKind::kInvalidInput, "read " + path + ": the file is empty");
  return Secret(std::move(text));
}

}  // namespace iff
