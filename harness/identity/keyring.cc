#include "harness/identity/keyring.h"

#include <utility>

namespace iff {

void Keyring::Put(const std::string& issuer, SigningKey key) {
  std::promise<SigningKey> made;
  made.set_value(std::move(key));
  const std::lock_guard lock(mutex_);
  keys_[issuer] = made.get_future().share();
}

void Keyring::Prepare(const std::string& issuer, Algorithm algorithm) {
  const std::lock_guard lock(mutex_);
  if (keys_.contains(issuer)) return;
  keys_[issuer] = std::async(std::launch::async, [algorithm] { return SigningKey::Generate(algorithm); }).share();
}

Result<SigningKey> Keyring::Of(const std::string& issuer) const {
  std::shared_future<SigningKey> key;
  {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(issuer);
    if (found == keys_.end()) {
      return Error(ErrorKind::kInvalidInput,
                   "the harness holds no key of '" + issuer + "': want a component that issues tokens with our keys");
    }
    key = found->second;
  }
  return key.get();
}

std::map<std::string, SigningKey> Keyring::All() const {
  std::map<std::string, std::shared_future<SigningKey>> keys;
  {
    const std::lock_guard lock(mutex_);
    keys = keys_;
  }
  std::map<std::string, SigningKey> all;
  for (const auto& [issuer, key] : keys) all.emplace(issuer, key.get());
  return all;
}

}  // namespace iff
