// The signing keys of the issuers of one environment, by component name. Each issuer has a key of its own, so that a
// valid token of one is no valid token of another.
//
//   Keyring keys;
//   keys.Prepare("keycloak", Algorithm::kRs256);
//   const SigningKey key = TRY(keys.Of("keycloak"));
#pragma once

#include <future>
#include <map>
#include <mutex>
#include <string>

#include "harness/core/result.h"
#include "harness/jose/key.h"

namespace iff {

// Thread-safe.
class Keyring {
 public:
  Keyring() = default;
  explicit Keyring(const std::map<std::string, SigningKey>& keys) {
    for (const auto& [issuer, key] : keys) Put(issuer, key);
  }

  void Put(const std::string& issuer, SigningKey key);
  // Begins to make a key: an RSA key takes a third of a second. Nothing happens where there is one.
  void Prepare(const std::string& issuer, Algorithm algorithm);
  // Waits for a key that is being made. kInvalidInput: no issuer of that name has a key the harness holds.
  Result<SigningKey> Of(const std::string& issuer) const;
  std::map<std::string, SigningKey> All() const;

 private:
  mutable std::mutex mutex_;  // guards the map; the keys are waited for without it
  std::map<std::string, std::shared_future<SigningKey>> keys_;
};

}  // namespace iff
