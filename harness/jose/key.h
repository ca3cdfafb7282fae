// Private and public halves of signing keys, and the sets they are published in (RFC 7517).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/core/secret.h"

namespace iff {

// JWS algorithms this project knows (RFC 7518 section 3.1, RFC 8037).
enum class Algorithm { kRs256, kRs384, kRs512, kPs256, kEs256, kEs384, kEdDsa };

std::string_view Name(Algorithm algorithm);               // "RS256"
Result<Algorithm> ParseAlgorithm(std::string_view name);  // exact spelling

class PublicKey {
 public:
  // One member of a key set. Refuses RSA below 2048 bits, with an even modulus or one of predictable primes (ROCA),
  // exponents that are even or below 65537, Ed25519 keys of small order, points off their curve, private members,
  // unknown types and curves, numbers with leading zeros, and a kid that is no plain short text (see IsPlainKeyId).
  static Result<PublicKey> FromJwk(const Json& jwk);

  const std::string& id() const;   // kid, may be empty
  const std::string& use() const;  // "sig", "enc" or ""
  // True if this key may verify with `algorithm`: type and curve fit, `alg` agrees when present, `use`
  // is not enc, `key_ops` has verify when present.
  bool MayVerify(Algorithm algorithm) const;
  // RFC 7515: raw r||s for ECDSA. Parsed keys and contexts are kept: no PEM on this path. Thread-safe.
  bool Verify(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const;
  // RFC 7638 SHA-256 thumbprint, base64url.
  std::string Thumbprint() const;
  std::string Pem() const;  // SubjectPublicKeyInfo

 private:
  friend class SigningKey;
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<PublicKey> keys) : keys_(std::move(keys)) {}
  // Members that cannot be used are left out, not an error (RFC 7517 section 5).
  static Result<KeySet> Parse(std::string_view jwks_text);
  // Why members were left out, and how many for each reason. Holds nothing of what was published.
  const std::map<std::string, size_t>& left_out() const { return left_out_; }

  // The key named `kid` that may verify with `algorithm`. Without a kid: the only such key, or nothing.
  // Two different keys that both fit are nobody: which one was meant is not ours to guess.
  const PublicKey* Find(std::string_view kid, Algorithm algorithm) const;
  bool Contains(std::string_view kid) const;
  size_t size() const { return keys_.size(); }

 private:
  std::vector<PublicKey> keys_;
  std::map<std::string, size_t> left_out_ = {};
};

// A kid we would look up or log: 1 to 256 bytes without control characters.
bool IsPlainKeyId(std::string_view kid);

class SigningKey {
 public:
  // RSA: 2048 bits. Default id: the thumbprint.
  static SigningKey Generate(Algorithm algorithm, std::string id = {});
  static Result<SigningKey> FromPem(const Secret& pem, Algorithm algorithm, std::string id);

  const std::string& id() const;
  Algorithm algorithm() const;
  std::string Sign(std::string_view text) const;                         // with algorithm()
  std::string SignAs(Algorithm algorithm, std::string_view text) const;  // another one of the same key type
  PublicKey Public() const;
  Json PublicJwk() const;  // with kid, alg, use sig
  Secret Pkcs8Pem() const;
  // A self-signed certificate of this key (Keycloak's rsa provider wants one), PEM.
  std::string SelfSignedCertificatePem(std::string_view common_name) const;
  // base64url(SHA-256(SubjectPublicKeyInfo DER)): the kid Keycloak gives an imported key.
  std::string SubjectPublicKeyInfoHash() const;

 private:
  struct State;
  explicit SigningKey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace iff
