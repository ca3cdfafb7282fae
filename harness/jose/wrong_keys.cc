#include "harness/jose/wrong_keys.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <memory>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/jose/compact.h"
#include "harness/jose/key_openssl.h"

namespace iff {
namespace {

using openssl::Bytes;

Result<Secret> Resigned(const Secret& valid, const std::string& id, Algorithm algorithm,
                        const std::function<std::string(std::string_view)>& signs) {
  const std::optional<CompactJws> parts = SplitCompact(valid.Reveal());
  if (!parts) return Error(ErrorKind::kInvalidInput, "sign anew: no compact JWS");
  Json header = TRY(ParseJson(parts->header));
  header["kid"] = id;
  header["alg"] = Name(algorithm);
  const std::string text = Base64Url(Dump(header)) + '.' + Base64Url(parts->payload);
  return Secret(text + '.' + Base64Url(signs(text)));
}

// A right key but for what its publisher says of it.
WrongKey Misused(std::string id, std::string title, std::string clause, const Json& says) {
  WrongKey wrong{.id = id, .row = "B11", .title = std::move(title), .clause = std::move(clause)};
  const SigningKey key = SigningKey::Generate(Algorithm::kRs256, std::move(id));
  wrong.jwk = key.PublicJwk();
  wrong.jwk.erase("use");
  wrong.jwk.update(says);
  wrong.signs = [key](std::string_view text) { return key.Sign(text); };
  return wrong;
}

std::string ModulusOf(const EVP_PKEY* key) {
  BIGNUM* number = nullptr;
  const int found = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &number);
  const openssl::NumberPtr owner(number);
  Invariant(found == 1, "an RSA key has a modulus");
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, Bytes(bytes));
  return bytes;
}

Json RsaJwk(const std::string& id, const std::string& modulus, const std::string& exponent) {
  return {{"kty", "RSA"},
          {"kid", id},
          {"alg", "RS256"},
          {"use", "sig"},
          {"n", Base64Url(modulus)},
          {"e", Base64Url(exponent)}};
}

std::string SignedByRsa(EVP_PKEY* key, std::string_view text) {
  const openssl::DigestContextPtr context(EVP_MD_CTX_new());
  Invariant(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1, "an RSA key signs");
  std::string signature(static_cast<size_t>(EVP_PKEY_get_size(key)), '\0');
  size_t size = signature.size();
  Invariant(EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(text), text.size()) == 1, "an RSA key signs");
  signature.resize(size);
  return signature;
}

WrongKey Short() {
  const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(1024), EVP_PKEY_free);
  Invariant(key != nullptr, "OpenSSL makes short keys");
  return {.id = "short-key",
          .row = "B17",
          .title = "An RSA key of 1024 bits signs nothing",
          .clause = "RFC 7518 section 3.3",
          .jwk = RsaJwk("short-key", ModulusOf(key.get()), std::string("\x01\x00\x01", 3)),
          .signs = [key](std::string_view text) { return SignedByRsa(key.get(), text); }};
}

// What is raised to the power of one is what it was: the padded digest is its own signature (RFC 8017 section 9.2).
WrongKey OfExponentOne() {
  const openssl::KeyPtr key(EVP_RSA_gen(2048));
  Invariant(key != nullptr, "OpenSSL makes RSA keys");
  return {.id = "exponent-of-one",
          .row = "B17",
          .title = "An RSA key with the exponent 1, by which everybody signs, signs nothing",
          .clause = "RFC 8725 section 3.4",
          .jwk = RsaJwk("exponent-of-one", ModulusOf(key.get()), "\x01"),
          .signs = [](std::string_view text) {
            static constexpr unsigned char kSha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                        0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
            const std::string digest =
                std::string(reinterpret_cast<const char*>(kSha256), sizeof(kSha256)) + Sha256(text);
            return std::string("\x00\x01", 2) + std::string(256 - 3 - digest.size(), '\xff') + '\0' + digest;
          }};
}

// The neutral point is its own multiple: with S = 0 and R neutral every text is signed (RFC 8032 section 5.1.7).
WrongKey OfSmallOrder() {
  const std::string neutral = '\x01' + std::string(31, '\0');
  return {.id = "small-order-key",
          .row = "B19",
          .title = "An Ed25519 key of small order, by which everybody signs, signs nothing",
          .clause = "RFC 8725 section 3.4",
          .algorithm = Algorithm::kEdDsa,
          .jwk = {{"kty", "OKP"},
                  {"crv", "Ed25519"},
                  {"kid", "small-order-key"},
                  {"alg", "EdDSA"},
                  {"use", "sig"},
                  {"x", Base64Url(neutral)}},
          .signs = [neutral](std::string_view) { return neutral + std::string(32, '\0'); }};
}

}  // namespace

Result<Secret> WrongKey::Sign(const Secret& valid) const { return Resigned(valid, id, algorithm, signs); }

Result<Secret> SignedBy(const SigningKey& key, const Secret& valid) {
  return Resigned(valid, key.id(), key.algorithm(), [&](std::string_view text) { return key.Sign(text); });
}

std::vector<WrongKey> WrongKeys() {
  return {Misused("key-for-encryption", "A key published for encryption signs nothing", "RFC 7517 section 4.2",
                  {{"use", "enc"}}),
          Misused("key-for-wrapping", "A key published for other operations signs nothing", "RFC 7517 section 4.3",
                  {{"key_ops", {"wrapKey"}}}),
          Short(), OfExponentOne(), OfSmallOrder()};
}

}  // namespace iff
