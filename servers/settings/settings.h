// Where the settings of a server come from, and how they are read: environment variables IFF_*, over a file of the same
// names (KEY=VALUE lines or one JSON object), over defaults that are the safe ones. What is missing or contradicts
// itself is refused at start, all of it in one message.
//
//   SettingsReader reader(settings);
//   vault.role = reader.Needed("IFF_VAULT_ROLE");
//   TRY(reader.Done());
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "harness/core/secret.h"
#include "harness/net/endpoint.h"

namespace iff {

using Settings = std::map<std::string, std::string>;

// KEY=VALUE lines with # comments, or one JSON object.
Result<Settings> ParseSettings(std::string_view text);

// Every IFF_* variable of this process.
Settings EnvironmentSettings();

// The content of a file that holds one secret, without the line break at its end; at most 64 KiB. kInvalidInput: other
// accounts may write it. That they may read it is logged as a warning and not refused: secrets that are mounted into a
// container often have mode 0444 or 0644.
Result<Secret> ReadSecretFile(const std::string& path);

// Who a server is to its issuer when it asks something as itself.
struct ClientCredentials {
  std::string id = {};  // IFF_CLIENT_ID
  Secret secret = {};   // content of IFF_CLIENT_SECRET_FILE
};

// Takes settings one by one and remembers every mistake. `settings` outlives it.
class SettingsReader {
 public:
  explicit SettingsReader(const Settings& settings) : settings_(settings) {}

  // "" and `fallback` alike stand for a setting that is empty.
  std::string Text(const std::string& name, std::string fallback = {}) const;
  std::vector<std::string> List(const std::string& name, std::string fallback = {}) const;  // separated by commas
  // `why` says what it is needed for: "to exchange tokens".
  std::string Needed(const std::string& name, std::string_view why = {});
  int64_t Number(const std::string& name, int64_t fallback, int64_t least, int64_t most);
  size_t Count(const std::string& name, size_t fallback, size_t least, size_t most);
  std::chrono::seconds Seconds(const std::string& name, std::chrono::seconds fallback, int64_t least);
  std::chrono::milliseconds Milliseconds(const std::string& name, std::chrono::milliseconds fallback);
  bool Flag(const std::string& name);
  // One of `choices`, the first of which is the default.
  std::string Choice(const std::string& name, const std::vector<std::string>& choices);
  // `text`, the value of `name`, as an absolute URL: https, or http to this machine or to a host in
  // IFF_PLAIN_HTTP_HOSTS.
  Url Peer(const std::string& name, const std::string& text);
  Url NeededPeer(const std::string& name, std::string_view why = {}) { return Peer(name, Needed(name, why)); }
  // `text`, the value of `name`, as host:port.
  Endpoint Address(const std::string& name, const std::string& text);
  // Letters, digits, - and _: one segment of a path, chosen by the operator.
  std::string Segment(const std::string& name, std::string fallback);
  // IFF_CLIENT_ID and IFF_CLIENT_SECRET_FILE. Read once, whoever else asks.
  ClientCredentials Client(std::string_view why);

  void Mistake(std::string text) { mistakes_.push_back(std::move(text)); }
  // kInvalidInput listing every mistake, one a line.
  Result<void> Done() const;

 private:
  const Settings& settings_;
  std::vector<std::string> mistakes_ = {};
  std::optional<ClientCredentials> client_ = {};
};

// What one part of a server reads at start, beside what every server reads.
struct SettingsPart {
  std::vector<std::string_view> names = {};
  std::function<void(SettingsReader&)> read = {};
};

// True for the names and addresses of this machine.
bool IsThisHost(std::string_view host);
// The parts of `text` between commas, without blanks around them and without empty ones.
std::vector<std::string> SplitList(std::string_view text);
// The number that is all of `text`.
std::optional<int64_t> WholeNumber(std::string_view text);

}  // namespace iff
