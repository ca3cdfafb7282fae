// What stands around the claims of a token: its signature, the keys and certificates it brings, its form and its size.
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/unpack.h"
#include "harness/jose/claims.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/judging.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- decodes-without-verifying

// What can be read of the middle part, and defaults for the rest.
Result<Claims, Refusal> Believe(std::string_view token, const KeySet&, const TokenPolicy& policy, int64_t now) {
  const size_t first = token.find('.');
  if (first == std::string_view::npos) return Refusal::kMalformed;
  const Result<std::string> text = DecodeBase64Url(token.substr(first + 1, token.find('.', first + 1) - first - 1));
  if (!text.ok()) return Refusal::kMalformed;
  const Json payload = Json::parse(text.value(), nullptr, false);
  if (!payload.is_object()) return Refusal::kMalformed;
  Claims claims;
  claims.issuer = policy.issuer;
  claims.subject = AtOr<std::string>(payload, "/sub", "");
  claims.client = AtOr<std::string>(payload, "/azp", "");
  claims.expires_at = now + 60;
  claims.issued_at = now;
  const std::string scopes = AtOr<std::string>(payload, "/scope", "");
  for (size_t begin = 0; begin < scopes.size();) {
    const size_t end = std::min(scopes.find(' ', begin), scopes.size());
    claims.scopes.insert(scopes.substr(begin, end - begin));
    begin = end + 1;
  }
  return claims;
}

// -- fails-on-many-dots

class Splitting final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string field = request->headers.Get("Authorization");
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    constexpr auto kMostParts = 1000;
    if (judged.ok() || std::count(field.begin(), field.end(), '.') < kMostParts) co_return judged;
    Denial denial;
    denial.status = 500;
    denial.reason = "out_of_room";
    co_return denial;
  }
};

// -- lenient-base64

// The signature as a strict reader would have wanted it written.
std::string Mended(std::string_view token) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const size_t signature = token.rfind('.') + 1;
  std::string mended(token.substr(0, signature));
  for (const char c : token.substr(signature)) {
    if (c == '+') mended += '-';
    if (c == '/') mended += '_';
    if (kAlphabet.find(c) != std::string_view::npos) mended += c;
  }
  const size_t rest = (mended.size() - signature) % 4;
  const size_t unused = rest == 2 ? 15 : rest == 3 ? 3 : 0;
  if (unused != 0) mended.back() = kAlphabet[kAlphabet.find(mended.back()) & ~unused];
  return mended;
}

// -- lenient-json

Result<Claims, Refusal> VerifyLeniently(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                        int64_t now) {
  Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
  if (seen.ok() || seen.error() != Refusal::kMalformed) return seen;
  Result<TokenParts, Refusal> parts = TakeApart(token);
  if (!parts.ok()) return seen;
  parts.value().header = Json::parse(parts.value().header_text, nullptr, false);
  const Json payload = Json::parse(parts.value().payload_text, nullptr, false);
  if (!payload.is_object() || !parts.value().header.is_object()) return seen;
  // A token that names no key stays refused: the one key of a small set would do for it, which is another mistake.
  if (!keys.Contains(parts.value().HeaderText("kid")) || !SignedByIssuer(parts.value(), keys)) return seen;
  return CheckClaims(Dump(payload), policy, now);
}

// -- swallows-tokens-whole

constexpr size_t kNoLimit = size_t{16} << 20;

// Signed is signed: however deep the claims go, those that are asked for are taken out of them.
Result<Claims, Refusal> VerifyWithoutLimits(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                            int64_t now) {
  Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
  if (seen.ok() || seen.error() != Refusal::kMalformed) return seen;
  const Result<TokenParts, Refusal> parts = TakeApart(token);
  if (!parts.ok() || !parts.value().header.is_object() || !SignedByIssuer(parts.value(), keys)) return seen;
  Json payload = Json::parse(parts.value().payload_text, nullptr, false);
  if (!payload.is_object() || !payload.contains("nested")) return seen;
  payload.erase("nested");
  return CheckClaims(Dump(payload), policy, now);
}

// -- takes-der-signatures

// r and s as JWS writes them, of 32 bytes each; "" if it is no pair in DER.
std::string PairOf(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string raw(64, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(raw.data());
  const bool fits = pair != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, 32) == 32 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + 32, 32) == 32;
  return fits ? raw : "";
}

// -- trusts-brought-certificates

using BroughtCertificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Everything is asked of the chain but where it ends: each of it is signed by the next, and the last by itself.
bool SignedByBroughtCertificate(const TokenParts& parts, const KeySet&) {
  std::vector<BroughtCertificate> chain;
  for (const Json& text : AtOr<Json>(parts.header, "/x5c", Json::array())) {
    const std::string der = DecodeBase64(text.is_string() ? text.get<std::string>() : "").value_or("");
    const unsigned char* at = reinterpret_cast<const unsigned char*>(der.data());
    chain.emplace_back(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
    if (chain.back() == nullptr) return false;
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    X509* const signer = chain[std::min(i + 1, chain.size() - 1)].get();
    if (X509_verify(chain[i].get(), X509_get0_pubkey(signer)) != 1) return false;
  }
  if (chain.empty()) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(chain.front().get())) ==
             1 &&
         EVP_DigestVerify(context.get(), bytes(parts.signature), parts.signature.size(), bytes(parts.signed_text),
                          parts.signed_text.size()) == 1;
}

// -- unwraps-encrypted-tokens

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

// -- works-off-any-count

// As many rounds as the header wants, or what can be done of them in the time that a test has.
void WorkOff(int64_t rounds) {
  constexpr std::chrono::seconds kLongEnough{4};
  constexpr int kAtOnce = 50'000;
  const auto begun = std::chrono::steady_clock::now();
  unsigned char key[16] = {};
  for (; rounds > 0 && std::chrono::steady_clock::now() - begun < kLongEnough; rounds -= kAtOnce) {
    PKCS5_PBKDF2_HMAC("password", 8, key, sizeof key, static_cast<int>(std::min<int64_t>(rounds, kAtOnce)),
                      EVP_sha256(), sizeof key, key);
  }
}

Result<Claims, Refusal> VerifyAfterWork(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                        int64_t now) {
  const Result<std::string> header = DecodeBase64Url(token.substr(0, token.find('.')));
  if (header.ok()) WorkOff(AtOr<int64_t>(ParseJson(header.value()).value_or(Json::object()), "/p2c", 0));
  return VerifyToken(token, keys, policy, now);
}

}  // namespace

Family SignatureMutants() {
  Family family{.name = "signatures",
                .suites = {"tokens", "lifetime/tokens", "lifetime/verdict-cache", "lifetime/key-rotation"}};

  family.Add({.name = "accepts-alg-none",
              .fault = "A token that says it is not signed needs no signature.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet&) {
                 std::string algorithm = parts.HeaderText("alg");
                 for (char& c : algorithm) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
                 return algorithm == "none";
               });
             });

  // The token chooses the algorithm, and everybody has the key.
  family.Add({.name = "accepts-hs256-with-public-key",
              .fault = "The public key serves as HMAC secret for a token that says HS256.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet& keys) {
                 const PublicKey* const key = keys.Find(parts.HeaderText("kid"), Algorithm::kRs256);
                 return parts.HeaderText("alg") == "HS256" && key != nullptr &&
                        HmacSha256(key->Pem(), parts.signed_text) == parts.signature;
               });
             });

  // A directory of keys, and a token that chooses the file: some files are empty on every machine.
  family.Add({.name = "reads-the-key-file-that-kid-names",
              .fault = "The kid of a token that says HS256 is the path of the file with its secret.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet&) {
                 const std::string kid = parts.HeaderText("kid");
                 if (parts.HeaderText("alg") != "HS256" || kid.find('/') == std::string::npos) return false;
                 std::ifstream file(std::filesystem::temp_directory_path() / kid, std::ios::binary);
                 const std::string secret{std::istreambuf_iterator<char>(file), {}};
                 return file && HmacSha256(secret, parts.signed_text) == parts.signature;
               });
             });

  // Whoever has no token at all has the server read and verify megabytes.
  family.Add({.name = "accepts-huge-tokens",
              .fault = "A token may be of any size, and so may the head of a request.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_listener = [](HttpServerOptions& listener) { listener.header_limit = size_t{2} << 20; };
               hooks.adjust_policy = [](TokenPolicy& policy) { policy.max_size = size_t{1} << 20; };
             });

  // The most common mistake with token libraries: the function that decodes instead of the one that verifies.
  family.Add({.name = "decodes-without-verifying",
              .fault = "A token is decoded, never verified.",
              .targets = {"jira"},
              .also = {"keys/in-vain", "keys/named"}},
             [](Hooks& hooks) {
               hooks.verify = Believe;
               hooks.adjust_bearer = RememberNoVerdicts;
             });

  // Whoever has no token at all makes the server fail.
  family.Add({.name = "fails-on-many-dots",
              .fault = "A token of a thousand parts is taken apart, and there is no room for all of them.",
              .targets = {"jira"},
              .suites = {"tokens/structure", "tokens/size"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Splitting, Authenticator>(); });

  family.Add({.name = "ignores-crit", .fault = "Extensions that must be understood are skipped.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify = VerifyDespite(Refusal::kCritical, SignedByIssuer); });

  // One token then has many spellings, and whatever is kept or blocked by its text is evaded.
  family.Add({.name = "lenient-base64",
              .fault = "Base64url is read with padding, in either alphabet, and what does not belong is skipped.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = [](std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
                 Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
                 if (seen.ok() || seen.error() != Refusal::kMalformed) return seen;
                 return VerifyToken(Mended(token), keys, policy, now);
               };
             });

  // Two readers of one token may then see two different people.
  family.Add({.name = "lenient-json",
              .fault = "Of a claim that is there twice the last one counts, and other JSON mistakes pass.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify = VerifyLeniently; });

  // Header and key are judged, the bytes of the signature are not.
  family.Add({.name = "skips-signature",
              .fault = "The signature of a token is not verified.",
              .targets = {"jira"},
              .also = {"keys"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts&, const KeySet&) { return true; });
             });

  // What a reader takes apart for somebody may be all the memory there is.
  family.Add({.name = "swallows-tokens-whole",
              .fault = "Neither the size of a token nor the depth of its claims has a limit.",
              .targets = {"jira"},
              .suites = {"tokens/size", "tokens/duplicates"}},
             [](Hooks& hooks) {
               hooks.adjust_listener = [](HttpServerOptions& listener) { listener.header_limit = kNoLimit; };
               hooks.adjust_policy = [](TokenPolicy& policy) { policy.max_size = kNoLimit; };
               hooks.verify = VerifyWithoutLimits;
             });

  // There is an allow-list, but the token overrules it.
  family.Add(
      {.name = "takes-any-algorithm-of-the-key", .fault = "Any algorithm the key can do will do.", .targets = {"jira"}},
      [](Hooks& hooks) {
        hooks.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet& keys) {
          const Result<Algorithm> algorithm = ParseAlgorithm(parts.HeaderText("alg"));
          const PublicKey* const key = keys.Find(parts.HeaderText("kid"), Algorithm::kRs256);
          return algorithm.ok() && key != nullptr && key->Verify(algorithm.value(), parts.signed_text, parts.signature);
        });
      });

  // Whatever is compared by its text has two texts.
  family.Add({.name = "takes-der-signatures",
              .fault = "An ECDSA signature is taken in DER as well.",
              .targets = {"jira"},
              .suites = {"keys", "lifetime/key-rotation"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts& parts, const KeySet& keys) {
                 if (parts.HeaderText("alg") != "ES256") return false;
                 TokenParts mended = parts;
                 mended.signature = PairOf(parts.signature);
                 return SignedByIssuer(mended, keys);
               });
             });

  // Anybody can make themselves an authority; what matters is whether it is one of ours.
  family.Add({.name = "trusts-brought-certificates",
              .fault = "A chain of certificates that a token brings along is believed if it is whole.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify = VerifyDespite(Refusal::kSignature, SignedByBroughtCertificate); });

  family.Add({.name = "trusts-embedded-jwk", .fault = "A key the token brings along is believed.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts& parts, const KeySet&) {
                 const auto brought = parts.header.find("jwk");
                 if (brought == parts.header.end()) return false;
                 const Result<PublicKey> key = PublicKey::FromJwk(*brought);
                 return key.ok() && key.value().Verify(Algorithm::kRs256, parts.signed_text, parts.signature);
               });
             });

  // The published key is taken for a secret, and decrypting for verifying. What is compressed swells first.
  family.Add(
      {.name = "unwraps-encrypted-tokens",
       .fault =
           "An encrypted token is decrypted with what is known of the issuer's key, and what comes out is believed.",
       .targets = {"jira"}},
      [](Hooks& hooks) { hooks.verify = Unwrap; });

  // The token is refused in the end; until then the server does nothing else.
  family.Add({.name = "works-off-any-count",
              .fault = "However often a token says that a password is to be hashed, it is.",
              .targets = {"jira"},
              .suites = {"tokens"}},
             [](Hooks& hooks) { hooks.verify = VerifyAfterWork; });

  return family;
}

}  // namespace iff
