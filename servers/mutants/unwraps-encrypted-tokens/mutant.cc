#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/unpack.h"
#include "harness/jose/claims.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

using Decipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::vector<std::string> Segments(std::string_view token) {
  std::vector<std::string> all;
  for (size_t begin = 0; begin <= token.size();) {
    const size_t end = std::min(token.find('.', begin), token.size());
    all.emplace_back(token.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

// The key for the content, wrapped with a password (RFC 7518 section 4.8).
std::string UnwrappedKey(const Json& header, std::string_view wrapped, const std::string& password) {
  const std::string algorithm = AtOr<std::string>(header, "/alg", "");
  const int count = static_cast<int>(AtOr<int64_t>(header, "/p2c", 0));
  if (algorithm != "PBES2-HS256+A128KW" || count < 1 || count > 100'000 || wrapped.size() < 24) return "";
  const std::string salt = algorithm + '\0' + DecodeBase64Url(AtOr<std::string>(header, "/p2s", "")).value_or("");
  std::string wrap_key(16, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Octets(std::string_view(salt)),
                    static_cast<int>(salt.size()), count, EVP_sha256(), static_cast<int>(wrap_key.size()),
                    Octets(wrap_key));
  std::string key(wrapped.size(), '\0');
  const Decipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int size = 0;
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_128_wrap(), nullptr, Octets(std::string_view(wrap_key)), nullptr) !=
          1 ||
      EVP_DecryptUpdate(context.get(), Octets(key), &size, Octets(wrapped), static_cast<int>(wrapped.size())) != 1) {
    return "";
  }
  key.resize(static_cast<size_t>(size));
  return key;
}

// What was encrypted; "" if it was not with this password.
std::string Decrypted(const std::vector<std::string>& parts, const std::string& password) {
  const Json header = ParseJson(DecodeBase64Url(parts[0]).value_or("")).value_or(Json::object());
  const std::string key = UnwrappedKey(header, DecodeBase64Url(parts[1]).value_or(""), password);
  const std::string nonce = DecodeBase64Url(parts[2]).value_or("");
  const std::string sealed = DecodeBase64Url(parts[3]).value_or("");
  std::string tag = DecodeBase64Url(parts[4]).value_or("");
  if (key.size() != 32 || nonce.size() != 12 || tag.size() != 16) return "";
  std::string text(sealed.size(), '\0');
  const Decipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Octets(std::string_view(key)),
                     Octets(std::string_view(nonce)));
  EVP_DecryptUpdate(context.get(), nullptr, &size, Octets(std::string_view(parts[0])),
                    static_cast<int>(parts[0].size()));
  EVP_DecryptUpdate(context.get(), Octets(text), &size, Octets(std::string_view(sealed)),
                    static_cast<int>(sealed.size()));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data());
  if (EVP_DecryptFinal_ex(context.get(), nullptr, &size) != 1) return "";
  constexpr size_t kMost = size_t{64} << 20;
  return AtOr<std::string>(header, "/zip", "") == "DEF" ? Decompress(text, Compression::kDeflate, kMost) : text;
}

// A token of five parts, opened with whatever is known of the key it names; what comes out has been vouched for.
Result<Claims, Refusal> Unwrap(std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
  Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
  const std::vector<std::string> parts = Segments(token);
  if (seen.ok() || parts.size() != 5) return seen;
  const Json header = ParseJson(DecodeBase64Url(parts[0]).value_or("")).value_or(Json::object());
  for (const Algorithm algorithm : policy.algorithms) {
    const PublicKey* const key = keys.Find(AtOr<std::string>(header, "/kid", ""), algorithm);
    if (key == nullptr) continue;
    const Result<TokenParts, Refusal> inner = TakeApart(Decrypted(parts, key->Pem()));
    if (inner.ok()) return CheckClaims(inner.value().payload_text, policy, now);
  }
  return seen;
}

}  // namespace

Seams UnwrapsEncryptedTokens() {
  Seams seams;
  seams.verify = Unwrap;
  return seams;
}

}  // namespace iff
