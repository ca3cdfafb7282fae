#include "servers/mcp/sealed_state.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "harness/core/bytes.h"

namespace iff {
namespace {

constexpr size_t kKeySize = 32;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
// Longest text that is looked at; ours are far shorter.
constexpr size_t kLongestText = 64 * 1024;

struct CipherDelete {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherDelete>;

const unsigned char* In(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Out(std::string& bytes, size_t offset = 0) {
  return reinterpret_cast<unsigned char*>(bytes.data() + offset);
}
int Size(std::string_view bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

SealedState::SealedState(const Clock& clock) : clock_(clock), key_(RandomBytes(kKeySize)) {}

std::string SealedState::Seal(const Json& state, std::string_view bound, std::chrono::seconds lifetime) {
  const std::string plain = Dump(Json{{"e", clock_.NowSeconds() + lifetime.count()}, {"s", state}});
  const std::string nonce = RandomBytes(kNonceSize);
  std::string sealed = nonce;
  sealed.resize(kNonceSize + plain.size() + kTagSize);

  const Cipher cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done = EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, In(key_.Reveal()), In(nonce)) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), nullptr, &written, In(bound), Size(bound)) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), Out(sealed, kNonceSize), &written, In(plain), Size(plain)) == 1 &&
                    EVP_EncryptFinal_ex(cipher.get(), Out(sealed, kNonceSize + plain.size()), &written) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize),
                                        Out(sealed, kNonceSize + plain.size())) == 1;
  Invariant(done, "encrypting in memory cannot fail");
  return Base64Url(sealed);
}

std::optional<SealedState::Opened> SealedState::Decrypt(std::string_view text, std::string_view bound) const {
  if (text.size() > kLongestText) return std::nullopt;
  Result<std::string> decoded = DecodeBase64Url(text);
  if (!decoded.ok() || decoded.value().size() <= kNonceSize + kTagSize) return std::nullopt;
  std::string sealed = std::move(decoded).value();
  const size_t size = sealed.size() - kNonceSize - kTagSize;
  const std::string_view cipher_text = std::string_view(sealed).substr(kNonceSize, size);
  std::string plain(size, '\0');

  const Cipher cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool genuine =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, In(key_.Reveal()), In(sealed)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, In(bound), Size(bound)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Out(plain), &written, In(cipher_text), Size(cipher_text)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize),
                          Out(sealed, kNonceSize + size)) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Out(plain, size), &written) == 1;
  if (!genuine) return std::nullopt;

  Result<Json> parsed = ParseJson(plain);
  if (!parsed.ok()) return std::nullopt;
  Opened opened;
  opened.expires_at = AtOr<int64_t>(parsed.value(), "/e", 0);
  if (clock_.NowSeconds() >= opened.expires_at) return std::nullopt;
  opened.state = std::move(parsed.value()["s"]);
  opened.nonce = sealed.substr(0, kNonceSize);
  return opened;
}

std::optional<Json> SealedState::Open(std::string_view text, std::string_view bound) const {
  std::optional<Opened> opened = Decrypt(text, bound);
  if (!opened) return std::nullopt;
  return std::move(opened->state);
}

std::optional<Json> SealedState::Redeem(std::string_view text, std::string_view bound) {
  std::optional<Opened> opened = Decrypt(text, bound);
  if (!opened) return std::nullopt;
  if (redeemed_.size() >= prune_at_) {
    const int64_t now = clock_.NowSeconds();
    std::erase_if(redeemed_, [now](const auto& entry) { return entry.second <= now; });
    prune_at_ = std::max<size_t>(1024, 2 * redeemed_.size());
  }
  if (!redeemed_.emplace(opened->nonce, opened->expires_at).second) return std::nullopt;
  return std::move(opened->state);
}

}  // namespace iff
