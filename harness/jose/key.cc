#include "harness/jose/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <set>

#include "harness/core/bytes.h"
#include "harness/jose/key_openssl.h"
#include "harness/jose/modulus.h"

namespace iff {

using openssl::Bytes;
using openssl::KeyContextPtr;
using openssl::KeyKind;
using openssl::KeyPtr;

namespace {

constexpr size_t kAlgorithmCount = 7;
constexpr std::array<std::string_view, kAlgorithmCount> kNames = {"RS256", "RS384", "RS512", "PS256",
                                                                  "ES256", "ES384", "EdDSA"};

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // verifying grows with the square of it
constexpr uint64_t kMinRsaExponent = 65'537;
constexpr int kMaxRsaExponentBits = 64;

size_t Index(Algorithm algorithm) { return static_cast<size_t>(algorithm); }

Error BadKey(std::string_view why) { return {ErrorKind::kInvalidInput, "read jwk: " + std::string(why)}; }

// A context costs more to make than to use, and must not be used by two threads at once: it is taken
// from here and put back.
class ContextPool {
 public:
  KeyContextPtr Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    KeyContextPtr context = std::move(idle_.back());
    idle_.pop_back();
    return context;
  }
  void PutBack(KeyContextPtr context) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(context));
  }

 private:
  std::mutex mutex_;
  std::vector<KeyContextPtr> idle_;
};

KeyContextPtr NewVerifyContext(EVP_PKEY* key, Algorithm algorithm) {
  KeyContextPtr context(EVP_PKEY_CTX_new(key, nullptr));
  bool ready = context != nullptr && EVP_PKEY_verify_init(context.get()) == 1;
  if (ready && openssl::KindFor(algorithm) == KeyKind::kRsa) {
    const bool pss = algorithm == Algorithm::kPs256;
    ready = EVP_PKEY_CTX_set_rsa_padding(context.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
    // RFC 7518 section 3.5: the salt is as long as the hash.
    if (ready && pss) ready = EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  if (ready) ready = EVP_PKEY_CTX_set_signature_md(context.get(), openssl::DigestFor(algorithm)) == 1;
  return ready ? std::move(context) : nullptr;
}

struct Digest {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes = {};
  unsigned int size = 0;
};

bool Hash(const EVP_MD* digest, std::string_view text, Digest& out) {
  thread_local const openssl::DigestContextPtr context(EVP_MD_CTX_new());
  return context != nullptr && EVP_DigestInit_ex(context.get(), digest, nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), out.bytes.data(), &out.size) == 1;
}

// r||s as the DER sequence OpenSSL reads. Both numbers have at most 48 bytes: every length fits a byte.
std::string DerFromRaw(std::string_view raw) {
  std::string body;
  for (const std::string_view half : {raw.substr(0, raw.size() / 2), raw.substr(raw.size() / 2)}) {
    std::string_view number = half;
    while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
    const bool high = (static_cast<unsigned char>(number.front()) & 0x80) != 0;
    body += '\x02';
    body += static_cast<char>(number.size() + (high ? 1 : 0));
    if (high) body += '\0';
    body += number;
  }
  return std::string("\x30") + static_cast<char>(body.size()) + body;
}

Result<std::string> Member(const Json& jwk, std::string_view name) {
  const auto found = jwk.find(name);
  if (found == jwk.end() || !found->is_string()) return BadKey("no text at " + std::string(name));
  Result<std::string> bytes = DecodeBase64Url(found->get_ref<const std::string&>());
  if (!bytes.ok() || bytes->empty()) return BadKey(std::string(name) + " is not base64url");
  return bytes;
}

KeyPtr FromParameters(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, openssl::Deleter<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return KeyPtr(key);
}

using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, openssl::Deleter<OSSL_PARAM_BLD_free>>;

Result<KeyPtr> RsaKey(const Json& jwk) {
  const std::string modulus = TRY(Member(jwk, "n"));
  const std::string exponent = TRY(Member(jwk, "e"));
  if (modulus.front() == '\0' || exponent.front() == '\0') return BadKey("a number has leading zeros");
  if (modulus.size() > size_t{kMaxRsaBits} / 8) return BadKey("rsa modulus above 8192 bits");
  if (exponent.size() > size_t{kMaxRsaExponentBits} / 8) return BadKey("rsa exponent above 64 bits");
  const openssl::NumberPtr n(BN_bin2bn(Bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  const openssl::NumberPtr e(BN_bin2bn(Bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  if (n == nullptr || e == nullptr) return BadKey("rsa numbers");
  if (BN_num_bits(n.get()) < kMinRsaBits) return BadKey("rsa modulus below 2048 bits");
  if (BN_is_odd(n.get()) == 0) return BadKey("rsa modulus is even");
  if (HasPredictablePrimes(n.get())) return BadKey("rsa modulus of predictable primes (CVE-2017-15361)");
  if (BN_is_odd(e.get()) == 0 || BN_get_word(e.get()) < kMinRsaExponent) {
    return BadKey("rsa exponent is even or below 65537");
  }
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return BadKey("rsa numbers");
  }
  KeyPtr key = FromParameters("RSA", builder.get());
  if (key == nullptr) return BadKey("rsa numbers");
  return key;
}

Result<KeyPtr> EcKey(const Json& jwk, KeyKind kind) {
  const std::string x = TRY(Member(jwk, "x"));
  const std::string y = TRY(Member(jwk, "y"));
  const size_t size = openssl::CoordinateSize(kind);
  if (x.size() != size || y.size() != size) return BadKey("ec coordinate of the wrong length");
  const std::string point = '\x04' + x + y;
  const char* const group = kind == KeyKind::kP256 ? "prime256v1" : "secp384r1";
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return BadKey("ec numbers");
  }
  KeyPtr key = FromParameters("EC", builder.get());
  if (key == nullptr) return BadKey("ec point is not on its curve");
  return key;
}

// A key of small order verifies one signature for every text. y decides; the top bit is the sign of x.
bool HasSmallOrder(std::string y) {
  static const std::set<std::string> kSmall = [] {
    std::set<std::string> all;
    for (const std::string_view encoded :
         {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU", "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
          "7P_______________________________________38", "7f_______________________________________38",
          "7v_______________________________________38"}) {
      all.insert(DecodeBase64Url(encoded).value());
    }
    return all;
  }();
  y.back() = static_cast<char>(y.back() & 0x7f);
  return kSmall.contains(y);
}

Result<KeyPtr> Ed25519Key(const Json& jwk) {
  const std::string x = TRY(Member(jwk, "x"));
  if (x.size() != 32) return BadKey("ed25519 key of the wrong length");
  if (HasSmallOrder(x)) return BadKey("ed25519 key of small order");
  KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(x), x.size()));
  if (key == nullptr) return BadKey("ed25519 key");
  return key;
}

Result<KeyKind> KindOf(const Json& jwk) {
  const std::string type = AtOr<std::string>(jwk, "/kty", "");
  const std::string curve = AtOr<std::string>(jwk, "/crv", "");
  if (type == "RSA") return KeyKind::kRsa;
  if (type == "EC" && curve == "P-256") return KeyKind::kP256;
  if (type == "EC" && curve == "P-384") return KeyKind::kP384;
  if (type == "OKP" && curve == "Ed25519") return KeyKind::kEd25519;
  return BadKey("unknown type or curve");
}

// A member that may be absent, but is text when it is there.
Result<std::string> OptionalMember(const Json& jwk, const char* name) {
  const auto found = jwk.find(name);
  if (found == jwk.end()) return std::string();
  if (!found->is_string()) return BadKey(std::string(name) + " is not text");
  return found->get_ref<const std::string&>();
}

}  // namespace

std::string_view Name(Algorithm algorithm) { return kNames[Index(algorithm)]; }

Result<Algorithm> ParseAlgorithm(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Algorithm>(i);
  }
  return Error(ErrorKind::kInvalidInput, "read algorithm: unknown name");
}

bool IsPlainKeyId(std::string_view kid) {
  return !kid.empty() && kid.size() <= 256 && std::none_of(kid.begin(), kid.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

namespace openssl {

KeyKind KindFor(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kRs384:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
      return KeyKind::kRsa;
    case Algorithm::kEs256:
      return KeyKind::kP256;
    case Algorithm::kEs384:
      return KeyKind::kP384;
    case Algorithm::kEdDsa:
      return KeyKind::kEd25519;
  }
  return KeyKind::kRsa;
}

const EVP_MD* DigestFor(Algorithm algorithm) {
  // Fetched once: the implicit fetch of EVP_sha256() costs a lookup each time.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return sha256;
    case Algorithm::kRs384:
    case Algorithm::kEs384:
      return sha384;
    case Algorithm::kRs512:
      return sha512;
    case Algorithm::kEdDsa:
      return nullptr;
  }
  return nullptr;
}

size_t CoordinateSize(KeyKind kind) { return kind == KeyKind::kP384 ? 48 : 32; }

std::string Text(BIO* bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(bio, &start);
  return size > 0 ? std::string(start, static_cast<size_t>(size)) : std::string();
}

}  // namespace openssl

struct PublicKey::State {
  KeyPtr key = {};
  KeyKind kind = KeyKind::kRsa;
  std::string id = {};
  std::string use = {};
  std::string algorithm = {};  // as written, "" when absent
  bool operations_allow_verify = true;
  std::string thumbprint = {};
  mutable std::array<ContextPool, kAlgorithmCount> contexts = {};
};

PublicKey::PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<PublicKey> PublicKey::FromJwk(const Json& jwk) {
  if (!jwk.is_object()) return BadKey("not an object");
  for (const char* const name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (jwk.contains(name)) return BadKey("it holds a private member");
  }
  auto state = std::make_shared<State>();
  state->kind = TRY(KindOf(jwk));
  state->id = TRY(OptionalMember(jwk, "kid"));
  if (jwk.contains("kid") && !IsPlainKeyId(state->id)) return BadKey("kid is not plain text of at most 256 bytes");
  state->use = TRY(OptionalMember(jwk, "use"));
  if (jwk.contains("use") && state->use != "sig" && state->use != "enc") return BadKey("unknown use");
  state->algorithm = TRY(OptionalMember(jwk, "alg"));
  if (const auto operations = jwk.find("key_ops"); operations != jwk.end()) {
    if (!operations->is_array()) return BadKey("key_ops is not an array");
    std::set<std::string> seen;
    for (const Json& operation : *operations) {
      if (!operation.is_string()) return BadKey("key_ops holds something else than text");
      if (!seen.insert(operation.get_ref<const std::string&>()).second) return BadKey("key_ops repeats itself");
    }
    state->operations_allow_verify = seen.contains("verify");
  }
  switch (state->kind) {
    case KeyKind::kRsa:
      state->key = TRY(RsaKey(jwk));
      break;
    case KeyKind::kP256:
    case KeyKind::kP384:
      state->key = TRY(EcKey(jwk, state->kind));
      break;
    case KeyKind::kEd25519:
      state->key = TRY(Ed25519Key(jwk));
      break;
  }
  // RFC 7638: the required members in lexical order, which is how Json keeps them.
  Json required = {{"kty", jwk["kty"]}};
  for (const char* const name : {"crv", "e", "n", "x", "y"}) {
    if (jwk.contains(name)) required[name] = jwk[name];
  }
  if (state->kind == KeyKind::kRsa) {
    for (const char* const name : {"crv", "x", "y"}) required.erase(name);
  } else {
    for (const char* const name : {"e", "n"}) required.erase(name);
    if (state->kind == KeyKind::kEd25519) required.erase("y");
  }
  state->thumbprint = Base64Url(Sha256(Dump(required)));
  return PublicKey(std::move(state));
}

const std::string& PublicKey::id() const { return state_->id; }
const std::string& PublicKey::use() const { return state_->use; }

bool PublicKey::MayVerify(Algorithm algorithm) const {
  return state_->kind == openssl::KindFor(algorithm) && state_->use != "enc" && state_->operations_allow_verify &&
         (state_->algorithm.empty() || state_->algorithm == Name(algorithm));
}

bool PublicKey::Verify(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const {
  if (state_->kind != openssl::KindFor(algorithm) || signature.empty()) return false;
  bool good = false;
  if (state_->kind == KeyKind::kEd25519) {
    thread_local const openssl::DigestContextPtr context(EVP_MD_CTX_new());
    good = context != nullptr && EVP_MD_CTX_reset(context.get()) == 1 &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1 &&
           EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(signed_text),
                            signed_text.size()) == 1;
  } else {
    std::string der;
    if (state_->kind != KeyKind::kRsa) {
      if (signature.size() != 2 * openssl::CoordinateSize(state_->kind)) return false;
      der = DerFromRaw(signature);
      signature = der;
    }
    Digest digest;
    ContextPool& pool = state_->contexts[Index(algorithm)];
    KeyContextPtr context = pool.Take();
    if (context == nullptr) context = NewVerifyContext(state_->key.get(), algorithm);
    good = context != nullptr && Hash(openssl::DigestFor(algorithm), signed_text, digest) &&
           EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), digest.bytes.data(), digest.size) == 1;
    if (context != nullptr) pool.PutBack(std::move(context));
  }
  // What a wrong signature leaves in the thread's error queue would be read as the next caller's failure.
  if (!good) ERR_clear_error();
  return good;
}

std::string PublicKey::Thumbprint() const { return state_->thumbprint; }

std::string PublicKey::Pem() const {
  const openssl::BioPtr bio(BIO_new(BIO_s_mem()));
  const int done = PEM_write_bio_PUBKEY(bio.get(), state_->key.get());
  Invariant(done == 1, "a parsed key can be written");
  return openssl::Text(bio.get());
}

}  // namespace iff
