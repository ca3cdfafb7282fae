#include "harness/jose/key.h"

namespace iff {
namespace {

constexpr size_t kLongestKeySet = 1 << 20;  // bytes; an honest one has a few thousand

}  // namespace

Result<KeySet> KeySet::Parse(std::string_view jwks_text) {
  if (jwks_text.size() > kLongestKeySet) return Error(ErrorKind::kInvalidInput, "read key set: longer than 1 MiB");
  const Json document = TRY(ParseJson(jwks_text).While("read key set"));
  const auto members = document.find("keys");
  if (!document.is_object() || members == document.end() || !members->is_array()) {
    return Error(ErrorKind::kInvalidInput, "read key set: no array at /keys");
  }
  KeySet set;
  for (const Json& member : *members) {
    Result<PublicKey> key = PublicKey::FromJwk(member);
    if (key.ok()) {
      set.keys_.push_back(std::move(key).value());
    } else {
      ++set.left_out_[key.error().message()];
    }
  }
  return set;
}

const PublicKey* KeySet::Find(std::string_view kid, Algorithm algorithm) const {
  const PublicKey* found = nullptr;
  for (const PublicKey& key : keys_) {
    if (!kid.empty() && key.id() != kid) continue;
    if (!key.MayVerify(algorithm)) continue;
    if (found != nullptr && found->Thumbprint() != key.Thumbprint()) return nullptr;
    found = &key;
  }
  return found;
}

bool KeySet::Contains(std::string_view kid) const {
  for (const PublicKey& key : keys_) {
    if (key.id() == kid) return true;
  }
  return false;
}

}  // namespace iff
