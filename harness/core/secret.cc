#include "harness/core/secret.h"

#include <openssl/crypto.h>

#include "harness/core/bytes.h"

namespace iff {

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    value_ = std::move(other.value_);
    other.Wipe();
  }
  return *this;
}

Secret::~Secret() { Wipe(); }

void Secret::Wipe() {
  // Short strings live inside the object and survive a move: cleanse the capacity, not the size.
  OPENSSL_cleanse(value_.data(), value_.capacity());
  value_.clear();
}

Secret Secret::Random(size_t bytes) { return Secret(Base64Url(RandomBytes(bytes))); }

bool Secret::SameAs(std::string_view other) const {
  const std::string mine = Sha256(value_);
  const std::string theirs = Sha256(other);
  return CRYPTO_memcmp(mine.data(), theirs.data(), mine.size()) == 0;
}

std::string Secret::Fingerprint() const { return Hex(Sha256(value_)).substr(0, 12); }

}  // namespace iff
