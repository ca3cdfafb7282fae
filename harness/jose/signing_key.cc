#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "harness/jose/key.h"
#include "harness/jose/key_openssl.h"

namespace iff {

using openssl::Bytes;
using openssl::KeyContextPtr;
using openssl::KeyKind;
using openssl::KeyPtr;

namespace {

constexpr int64_t kCertificateLifetime = 10LL * 365 * 86'400;

KeyPtr NewKey(KeyKind kind) {
  switch (kind) {
    case KeyKind::kRsa:
      return KeyPtr(EVP_RSA_gen(2048));
    case KeyKind::kP256:
      return KeyPtr(EVP_EC_gen("P-256"));
    case KeyKind::kP384:
      return KeyPtr(EVP_EC_gen("P-384"));
    case KeyKind::kEd25519:
      return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  return nullptr;
}

bool IsOfKind(const EVP_PKEY* key, KeyKind kind) {
  char group[32] = {};
  size_t size = 0;
  switch (kind) {
    case KeyKind::kRsa:
      return EVP_PKEY_is_a(key, "RSA") == 1;
    case KeyKind::kP256:
    case KeyKind::kP384:
      return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
             std::string_view(group) == (kind == KeyKind::kP256 ? "prime256v1" : "secp384r1");
    case KeyKind::kEd25519:
      return EVP_PKEY_is_a(key, "ED25519") == 1;
  }
  return false;
}

// A public number as big-endian bytes, at least `width` of them.
std::string Number(const EVP_PKEY* key, const char* name, size_t width = 0) {
  BIGNUM* number = nullptr;
  const int found = EVP_PKEY_get_bn_param(key, name, &number);
  const openssl::NumberPtr owner(number);
  Invariant(found == 1, "a key has its public numbers");
  std::string bytes(std::max(width, static_cast<size_t>(BN_num_bytes(number))), '\0');
  BN_bn2binpad(number, Bytes(bytes), static_cast<int>(bytes.size()));
  return bytes;
}

// The members a thumbprint is made of (RFC 7638 section 3.2).
Json PublicMembers(const EVP_PKEY* key, KeyKind kind) {
  switch (kind) {
    case KeyKind::kRsa:
      return {{"kty", "RSA"},
              {"n", Base64Url(Number(key, OSSL_PKEY_PARAM_RSA_N))},
              {"e", Base64Url(Number(key, OSSL_PKEY_PARAM_RSA_E))}};
    case KeyKind::kP256:
    case KeyKind::kP384: {
      const size_t width = openssl::CoordinateSize(kind);
      return {{"kty", "EC"},
              {"crv", kind == KeyKind::kP256 ? "P-256" : "P-384"},
              {"x", Base64Url(Number(key, OSSL_PKEY_PARAM_EC_PUB_X, width))},
              {"y", Base64Url(Number(key, OSSL_PKEY_PARAM_EC_PUB_Y, width))}};
    }
    case KeyKind::kEd25519: {
      std::string raw(32, '\0');
      size_t size = raw.size();
      const int done = EVP_PKEY_get_raw_public_key(key, Bytes(raw), &size);
      Invariant(done == 1, "an Ed25519 key has 32 public bytes");
      return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", Base64Url(raw)}};
    }
  }
  return {};
}

std::string RawFromDer(const std::string& der, size_t width) {
  const unsigned char* at = Bytes(std::string_view(der));
  const openssl::EcdsaPtr pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Invariant(pair != nullptr, "OpenSSL reads what it wrote");
  std::string raw(2 * width, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), Bytes(raw), static_cast<int>(width));
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), Bytes(raw) + width, static_cast<int>(width));
  return raw;
}

// Never asks at a terminal: an encrypted file is refused.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

struct SigningKey::State {
  KeyPtr key = {};
  KeyKind kind = KeyKind::kRsa;
  Algorithm algorithm = Algorithm::kRs256;
  std::string id = {};
};

SigningKey::SigningKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

SigningKey SigningKey::Generate(Algorithm algorithm, std::string id) {
  auto state = std::make_shared<State>();
  state->kind = openssl::KindFor(algorithm);
  state->algorithm = algorithm;
  state->key = NewKey(state->kind);
  Invariant(state->key != nullptr, "OpenSSL makes keys of every kind named here");
  state->id = std::move(id);
  SigningKey key(state);
  if (state->id.empty()) state->id = key.Public().Thumbprint();
  return key;
}

Result<SigningKey> SigningKey::FromPem(const Secret& pem, Algorithm algorithm, std::string id) {
  const openssl::BioPtr bio(BIO_new_mem_buf(pem.Reveal().data(), static_cast<int>(pem.size())));
  auto state = std::make_shared<State>();
  state->kind = openssl::KindFor(algorithm);
  state->algorithm = algorithm;
  state->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (state->key == nullptr) return Error(ErrorKind::kInvalidInput, "read signing key: not an unencrypted private key");
  if (!IsOfKind(state->key.get(), state->kind)) {
    return Error(ErrorKind::kInvalidInput, "read signing key: not one for " + std::string(Name(algorithm)));
  }
  // The same rules as for a published key, so that nothing is signed that we would not verify.
  const PublicKey published = TRY(PublicKey::FromJwk(PublicMembers(state->key.get(), state->kind)));
  state->id = id.empty() ? published.Thumbprint() : std::move(id);
  return SigningKey(std::move(state));
}

const std::string& SigningKey::id() const { return state_->id; }
Algorithm SigningKey::algorithm() const { return state_->algorithm; }

std::string SigningKey::Sign(std::string_view text) const { return SignAs(state_->algorithm, text); }

std::string SigningKey::SignAs(Algorithm algorithm, std::string_view text) const {
  const openssl::DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // owned by context
  bool good =
      EVP_DigestSignInit(context.get(), &parameters, openssl::DigestFor(algorithm), nullptr, state_->key.get()) == 1;
  if (good && algorithm == Algorithm::kPs256) {
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  size_t size = 0;
  good = good && EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()) == 1;
  std::string signature(size, '\0');
  good = good && EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(text), text.size()) == 1;
  Invariant(good, "a key signs with the algorithms of its type");
  signature.resize(size);
  const bool ecdsa = state_->kind == KeyKind::kP256 || state_->kind == KeyKind::kP384;
  return ecdsa ? RawFromDer(signature, openssl::CoordinateSize(state_->kind)) : signature;
}

PublicKey SigningKey::Public() const { return PublicKey::FromJwk(PublicJwk()).value(); }

Json SigningKey::PublicJwk() const {
  Json jwk = PublicMembers(state_->key.get(), state_->kind);
  if (!state_->id.empty()) jwk["kid"] = state_->id;
  jwk["alg"] = Name(state_->algorithm);
  jwk["use"] = "sig";
  return jwk;
}

Secret SigningKey::Pkcs8Pem() const {
  const openssl::BioPtr bio(BIO_new(BIO_s_secmem()));
  const int done = PEM_write_bio_PKCS8PrivateKey(bio.get(), state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  Invariant(done == 1, "a key that is held can be written");
  return Secret(openssl::Text(bio.get()));
}

std::string SigningKey::SelfSignedCertificatePem(std::string_view common_name) const {
  const openssl::CertificatePtr certificate(X509_new());
  X509* const x509 = certificate.get();
  const int64_t now = SystemClock::Instance().NowSeconds();
  std::string serial = RandomBytes(16);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);  // positive, and never all zero
  const openssl::NumberPtr number(BN_bin2bn(Bytes(serial), static_cast<int>(serial.size()), nullptr));
  X509_NAME* const name = X509_get_subject_name(x509);
  const EVP_MD* const digest = state_->kind == KeyKind::kEd25519 ? nullptr : openssl::DigestFor(state_->algorithm);
  const bool good = X509_set_version(x509, X509_VERSION_3) == 1 &&
                    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr &&
                    ASN1_TIME_set(X509_getm_notBefore(x509), now - 3600) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(x509), now + kCertificateLifetime) != nullptr &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, Bytes(common_name),
                                               static_cast<int>(common_name.size()), -1, 0) == 1 &&
                    X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, state_->key.get()) == 1 &&
                    X509_sign(x509, state_->key.get(), digest) > 0;
  Invariant(good, "a certificate of our own key and a short name can be made");
  const openssl::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), x509);
  return openssl::Text(bio.get());
}

std::string SigningKey::SubjectPublicKeyInfoHash() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(state_->key.get(), &der);
  Invariant(size > 0, "a key that is held can be written");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return Base64Url(Sha256(bytes));
}

}  // namespace iff
