#include "harness/environment/roles.h"

#include <algorithm>

namespace iff {
namespace {

// Of a server that others started nobody knows what it was told.
bool IsToldOf(const TargetSpec& target, const std::string& component, const std::string& output = "") {
  if (!target.url.empty()) return output.empty();
  const std::string place = "${" + component + "." + output;
  const auto holds = [&](const std::string& text) { return text.find(place) != std::string::npos; };
  const auto any_of = [&](const std::map<std::string, std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), [&](const auto& one) { return holds(one.second); });
  };
  return std::any_of(target.command.begin(), target.command.end(), holds) || any_of(target.environment) ||
         any_of(target.tls) ||
         std::any_of(target.setting_words.begin(), target.setting_words.end(),
                     [&](const auto& setting) { return any_of(setting.second); });
}

}  // namespace

std::map<std::string, std::string> RolesOf(const DriverRegistry& driver_registry, const System& system,
                                           const TargetSpec& target) {
  std::map<std::string, std::string> roles;
  std::vector<std::string> issuers;
  for (const ComponentSpec& spec : system.components) {
    const Driver* driver = driver_registry.Find(spec.driver);
    if (driver == nullptr) continue;
    if (driver->role == ComponentRole::kIssuer) issuers.push_back(spec.name);
    if (!IsToldOf(target, spec.name)) continue;
    if (driver->role == ComponentRole::kSecretStore) roles.try_emplace("secret_store", spec.name);
    if (driver->hands_out && !target.upstream.empty() && driver->hands_out(spec.options, target.upstream)) {
      roles.try_emplace("stored_credentials", spec.name);
    }
    if (driver->role == ComponentRole::kDatabase) {
      roles.try_emplace("database", spec.name);
      continue;
    }
    const bool accounts = driver->upstream && driver->upstream(spec.options) == target.upstream;
    if (accounts && !target.upstream.empty()) roles.try_emplace("upstream", spec.name);
  }
  if (target.TakesKeys()) return roles;
  if (!target.issuer.empty()) {
    roles["issuer"] = target.issuer;
  } else if (issuers.size() == 1) {
    roles["issuer"] = issuers.front();
  }
  if (const auto issuer = roles.find("issuer");
      issuer != roles.end() && IsToldOf(target, issuer->second, "token_url}")) {
    roles["exchange"] = issuer->second;
  }
  return roles;
}

}  // namespace iff
