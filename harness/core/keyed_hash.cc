#include "harness/core/keyed_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>

#include "harness/core/bytes.h"
#include "harness/core/result.h"

namespace iff {
namespace {

constexpr size_t kSize = 16;
// With one nonce for all, GMAC is no authenticator any more, and exactly the universal hash it is made of (NIST SP
// 800-38D, section 8.3 says what that costs whoever shows tags; these are shown to nobody).
constexpr unsigned char kNonce[12] = {};

}  // namespace

struct KeyedHash::State {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~State() { EVP_CIPHER_CTX_free(context); }
};

KeyedHash::KeyedHash() : state_(std::make_unique<State>()) {
  const std::string key = RandomBytes(32);
  Invariant(
      state_->context != nullptr && EVP_EncryptInit_ex(state_->context, EVP_aes_256_gcm(), nullptr,
                                                       reinterpret_cast<const unsigned char*>(key.data()), kNonce) == 1,
      "AES-256-GCM is always there");
}

KeyedHash::~KeyedHash() = default;

std::string KeyedHash::Of(std::string_view text) {
  std::string hash(kSize, '\0');
  int ignored = 0;
  unsigned char nothing[kSize];
  bool done = EVP_EncryptInit_ex(state_->context, nullptr, nullptr, nullptr, kNonce) == 1;
  while (done && !text.empty()) {
    const std::string_view part = text.substr(0, INT_MAX);
    done = EVP_EncryptUpdate(state_->context, nullptr, &ignored, reinterpret_cast<const unsigned char*>(part.data()),
                             static_cast<int>(part.size())) == 1;
    text.remove_prefix(part.size());
  }
  done = done && EVP_EncryptFinal_ex(state_->context, nothing, &ignored) == 1 &&
         EVP_CIPHER_CTX_ctrl(state_->context, EVP_CTRL_AEAD_GET_TAG, kSize, hash.data()) == 1;
  Invariant(done, "AES-256-GCM is always there");
  return hash;
}

}  // namespace iff
