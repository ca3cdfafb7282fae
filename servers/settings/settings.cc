#include "servers/settings/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "harness/core/json.h"
#include "harness/core/log.h"

namespace iff {
namespace {

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string Octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

}  // namespace

bool IsThisHost(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string item = Trimmed(text.substr(0, comma));
    if (!item.empty()) items.push_back(std::move(item));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string SettingsReader::Text(const std::string& name, std::string fallback) const {
  const auto found = settings_.find(name);
  return found == settings_.end() || found->second.empty() ? std::move(fallback) : found->second;
}

std::vector<std::string> SettingsReader::List(const std::string& name, std::string fallback) const {
  return SplitList(Text(name, std::move(fallback)));
}

std::string SettingsReader::Needed(const std::string& name, std::string_view why) {
  std::string value = Text(name);
  if (value.empty()) Mistake(name + " is missing" + (why.empty() ? "" : " (" + std::string(why) + ")"));
  return value;
}

int64_t SettingsReader::Number(const std::string& name, int64_t fallback, int64_t least, int64_t most) {
  const std::string text = Text(name);
  if (text.empty()) return fallback;
  const std::optional<int64_t> value = WholeNumber(text);
  if (value && *value >= least && *value <= most) return *value;
  Mistake(name + " must be a number from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
          LogQuote(text));
  return fallback;
}

size_t SettingsReader::Count(const std::string& name, size_t fallback, size_t least, size_t most) {
  return static_cast<size_t>(
      Number(name, static_cast<int64_t>(fallback), static_cast<int64_t>(least), static_cast<int64_t>(most)));
}

std::chrono::seconds SettingsReader::Seconds(const std::string& name, std::chrono::seconds fallback, int64_t least) {
  return std::chrono::seconds(Number(name, fallback.count(), least, 86'400));
}

std::chrono::milliseconds SettingsReader::Milliseconds(const std::string& name, std::chrono::milliseconds fallback) {
  return std::chrono::milliseconds(Number(name, fallback.count(), 1, 600'000));
}

bool SettingsReader::Flag(const std::string& name) {
  const std::string text = Text(name, "false");
  if (text == "true") return true;
  if (text != "false") Mistake(name + " must be true or false, not " + LogQuote(text));
  return false;
}

std::string SettingsReader::Choice(const std::string& name, const std::vector<std::string>& choices) {
  std::string text = Text(name, choices.front());
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  std::string all;
  for (size_t i = 0; i < choices.size(); ++i) {
    all += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  }
  Mistake(name + " must be " + all + ", not " + LogQuote(text));
  return choices.front();
}

Url SettingsReader::Peer(const std::string& name, const std::string& text) {
  if (text.empty()) return {};
  Result<Url> url = ParseUrl(text);
  if (!url.ok()) {
    Mistake(name + ": " + url.error().message());
    return {};
  }
  const Endpoint& there = url.value().endpoint;
  const std::vector<std::string> plain = List("IFF_PLAIN_HTTP_HOSTS");
  if (there.scheme != "https" && !IsThisHost(there.host) &&
      std::find(plain.begin(), plain.end(), there.host) == plain.end()) {
    Mistake(name + " must be https: " + there.host + " is not this machine and not in IFF_PLAIN_HTTP_HOSTS");
  }
  return std::move(url).value();
}

Endpoint SettingsReader::Address(const std::string& name, const std::string& text) {
  if (text.empty()) return {};
  const Result<Url> url = ParseUrl(text.find("://") == std::string::npos ? "http://" + text : text);
  if (url.ok() && url.value().target == "/") return url.value().endpoint;
  // ParseUrl knows http and https only; a database's address is host and port.
  const size_t colon = text.rfind(':');
  const int64_t port =
      colon == std::string::npos ? -1 : WholeNumber(std::string_view(text).substr(colon + 1)).value_or(-1);
  const size_t scheme = text.find("://");
  const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  if (port < 0 || port > 65'535 || colon <= start) {
    Mistake(name + " must be host:port, not " + LogQuote(text));
    return {};
  }
  Endpoint endpoint;
  endpoint.scheme = "tcp";
  endpoint.host = text.substr(start, colon - start);
  endpoint.port = static_cast<uint16_t>(port);
  return endpoint;
}

std::string SettingsReader::Segment(const std::string& name, std::string fallback) {
  std::string text = Text(name, std::move(fallback));
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) Mistake(name + " must be letters, digits, - and _, not " + LogQuote(text));
  return text;
}

ClientCredentials SettingsReader::Client(std::string_view why) {
  if (client_) return *client_;
  client_.emplace();
  client_->id = Needed("IFF_CLIENT_ID", why);
  const std::string file = Needed("IFF_CLIENT_SECRET_FILE", why);
  if (file.empty()) return *client_;
  Result<Secret> secret = ReadSecretFile(file);
  if (secret.ok()) {
    client_->secret = std::move(secret).value();
  } else {
    Mistake("IFF_CLIENT_SECRET_FILE: " + secret.error().message());
  }
  return *client_;
}

Result<void> SettingsReader::Done() const {
  if (mistakes_.empty()) return {};
  std::string all = "read the configuration:";
  for (const std::string& mistake : mistakes_) all += "\n  " + mistake;
  return Error(ErrorKind::kInvalidInput, all);
}

Result<Settings> ParseSettings(std::string_view text) {
  Settings settings;
  if (Trimmed(text).starts_with("{")) {
    const Json object = TRY(ParseJson(text).While("read the configuration file"));
    for (const auto& [name, value] : object.items()) {
      settings[name] = Unquoted(value);
    }
    return settings;
  }
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
  return settings;
}

Settings EnvironmentSettings() {
  Settings settings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with("IFF_")) continue;
    settings[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return settings;
}

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
