// Attacks on algorithms, keys and signatures.
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "harness/core/bytes.h"
#include "harness/jose/key_openssl.h"
#include "harness/jose/specimen.h"

namespace iff {
namespace {

// Where an attacker would publish keys; the name resolves nowhere (RFC 6761 section 6.4).
constexpr std::string_view kAttackersHost = "keys.example.invalid";

// The valid payload under another algorithm's name and other signature bytes.
std::string Renamed(const Specimen& valid, std::string_view algorithm, std::string_view signature) {
  Json header = valid.header;
  header["alg"] = algorithm;
  return Base64Url(Dump(header)) + '.' + valid.payload_segment + '.' + Base64Url(signature);
}

std::string Hs256(const Specimen& valid, std::string_view key, const std::string& kid = {}) {
  Json header = valid.header;
  header["alg"] = "HS256";
  if (!kid.empty()) header["kid"] = kid;
  const std::string text = Base64Url(Dump(header)) + '.' + valid.payload_segment;
  return text + '.' + Base64Url(HmacSha256(key, text));
}

// The same key under an algorithm it was not published for.
std::string SignedAs(const Specimen& valid, Algorithm algorithm) {
  Json header = valid.header;
  header["alg"] = Name(algorithm);
  const std::string text = Base64Url(Dump(header)) + '.' + valid.payload_segment;
  return text + '.' + Base64Url(valid.key->SignAs(algorithm, text));
}

// A key of the attacker, of the algorithm the header then names.
std::string SignedByForeignKey(const Specimen& valid, Algorithm algorithm, const Json& extra = Json::object()) {
  Json header = valid.header;
  header["alg"] = Name(algorithm);
  header.update(extra);
  return valid.SignedBy(ForeignKey(algorithm), Dump(header), Dump(valid.payload));
}

Json ForeignJwk(const Specimen& valid) {
  Json jwk = ForeignKey(valid.key->algorithm()).PublicJwk();
  jwk["kid"] = valid.key->id();
  return jwk;
}

// What stands between the armour lines of a PEM text.
std::string PemBody(const std::string& pem) {
  std::string body;
  size_t at = pem.find('\n') + 1;
  while (at < pem.size() && pem[at] != '-') {
    const size_t end = std::min(pem.find('\n', at), pem.size());
    body += pem.substr(at, end - at);
    at = end + 1;
  }
  return body;
}

Result<std::string> KeysFrom(const Specimen& valid, const char* parameter, const std::string& url) {
  return SignedByForeignKey(valid, valid.key->algorithm(), {{parameter, url}});
}

Result<std::string> IssuersAuthority(const Specimen& valid) {
  const std::string issuer = TRY(valid.Text("iss"));
  const UrlParts parts = TRY(SplitUrl(issuer));
  return parts.authority;
}

// The private operation on a block of our own making, which no signing call would do.
Result<std::string> SignBlock(const Specimen& valid, const std::string& block_head, const std::string& block_tail) {
  if (valid.key->algorithm() != Algorithm::kRs256) return Inapplicable("needs an RS256 key");
  const Secret pem = valid.key->Pkcs8Pem();
  const openssl::BioPtr bio(BIO_new_mem_buf(pem.Reveal().data(), static_cast<int>(pem.size())));
  const openssl::KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  const openssl::KeyContextPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::string block = block_head;
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  block.resize(size - block_tail.size(), '\xff');
  block += block_tail;
  std::string signature(size, '\0');
  const bool good = EVP_PKEY_sign_init(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
                    EVP_PKEY_sign(context.get(), openssl::Bytes(signature), &size,
                                  openssl::Bytes(std::string_view(block)), block.size()) == 1;
  Invariant(good, "a raw private operation on a block below the modulus");
  return valid.WithSignature(signature);
}

using namespace std::string_literals;

// SEQUENCE { SEQUENCE { sha256, NULL }, OCTET STRING (32) }, and the same without NULL (RFC 8017 section 9.2).
const std::string& DigestPrefix() {
  static const std::string prefix = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"s;
  return prefix;
}
const std::string& DigestPrefixWithoutNull() {
  static const std::string prefix = "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"s;
  return prefix;
}

Result<std::string> WithEcdsaNumbers(const Specimen& valid, std::string_view r, std::string_view s) {
  if (valid.key->algorithm() != Algorithm::kEs256) return Inapplicable("needs an ES256 key");
  return valid.WithSignature(std::string(r) + std::string(s));
}

std::string P256Order() { return DecodeBase64Url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").value(); }

Result<std::string> DerSignature(const Specimen& valid) {
  const size_t half = valid.signature.size() / 2;
  const unsigned char* const raw = openssl::Bytes(std::string_view(valid.signature));
  const openssl::EcdsaPtr pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(raw, static_cast<int>(half), nullptr),
                 BN_bin2bn(raw + half, static_cast<int>(half), nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(std::max(size, 0)));
  OPENSSL_free(der);
  return valid.WithSignature(bytes);
}

// S + L says the same modulo the group order L: a second signature for the same text.
Result<std::string> Ed25519AboveOrder(const Specimen& valid) {
  const std::string order = DecodeBase64Url("7dP1XBpjEljWnPei3vneFAAAAAAAAAAAAAAAAAAAABA").value();  // little-endian
  std::string signature = valid.signature;
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    const unsigned sum = static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]) + carry;
    signature[32 + i] = static_cast<char>(sum & 0xff);
    carry = sum >> 8;
  }
  return valid.WithSignature(signature);
}

std::string Flipped(std::string bytes, size_t at, unsigned mask) {
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ mask);
  return bytes;
}

std::vector<Forgery> AlgorithmForgeries() {
  return {
      {{"alg-none", "B01", "An unsigned token (alg none) opens nothing", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "none", ""); }},
      {{"alg-none-capitalized", "B02", "Alg None is no way around alg none", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "None", ""); }},
      {{"alg-none-mixed-case", "B02", "Alg nOnE is no way around alg none", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "nOnE", ""); }},
      {{"alg-none-upper-case", "B02", "Alg NONE is no way around alg none", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "NONE", ""); }},
      {{"alg-none-trailing-blank", "B02", "A blank behind none changes nothing", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "none ", ""); }},
      {{"alg-none-original-signature", "B03", "Alg none with the signature left in place opens nothing",
        "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "none", valid.signature); }},
      {{"empty-signature", "B04", "A token with its signature taken off opens nothing", "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> { return valid.SignedText() + '.'; }},
      {{"alg-missing", "B10", "A token that names no algorithm opens nothing", "RFC 7515 section 4.1.1"},
       [](const Specimen& valid) { return valid.WithHeader({{"alg", nullptr}}); }},
      {{"alg-number", "B10", "An algorithm is named by text", "RFC 7515 section 4.1.1"},
       [](const Specimen& valid) { return valid.WithHeader({{"alg", 256}}); }},
      {{"alg-lower-case", "B10", "Algorithm names are compared with case", "RFC 7515 section 4.1.1"},
       [](const Specimen& valid) {
         std::string name(Name(valid.key->algorithm()));
         for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
         return valid.WithHeader({{"alg", name}});
       }},
      {{"hs256-with-public-pem", "B06", "The public key (PEM) is no HMAC secret", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Hs256(valid, valid.key->Public().Pem()); }},
      {{"hs256-with-public-pem-crlf", "B06", "The public key (PEM, CRLF) is no HMAC secret", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> {
         std::string lines;
         for (const char c : valid.key->Public().Pem()) lines += c == '\n' ? "\r\n" : std::string(1, c);
         return Hs256(valid, lines);
       }},
      {{"hs256-with-public-pem-no-newline", "B06", "The public key (PEM without the last line end) is no HMAC secret",
        "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> {
         std::string pem = valid.key->Public().Pem();
         while (pem.ends_with('\n')) pem.pop_back();
         return Hs256(valid, pem);
       }},
      {{"hs256-with-public-der", "B06", "The public key (DER) is no HMAC secret", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string der = TRY(DecodeBase64(PemBody(valid.key->Public().Pem())));
         return Hs256(valid, der);
       }},
      {{"hs256-with-public-jwk", "B06", "The public key (JWK text) is no HMAC secret", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Hs256(valid, Dump(valid.key->PublicJwk())); }},
      {{"hs256-with-public-modulus", "B06", "The public key (modulus bytes) is no HMAC secret", "RFC 8725 section 3.1",
        "RSA"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string modulus = TRY(At<std::string>(valid.key->PublicJwk(), "/n"));
         const std::string bytes = TRY(DecodeBase64Url(modulus));
         return Hs256(valid, bytes);
       }},
      {{"hs256-empty-key", "B07", "An empty HMAC key opens nothing", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return Hs256(valid, ""); }},
      // Where a kid is a file's name, this file is empty everywhere.
      {{"hs256-empty-key-of-a-path", "B07", "A kid that is the path of an empty file opens nothing",
        "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) -> Result<std::string> { return Hs256(valid, "", "../../../../../../dev/null"); }},
      {{"hs256-weak-secret", "B08", "A well-known HMAC secret opens nothing", "RFC 8725 section 3.5"},
       [](const Specimen& valid) -> Result<std::string> { return Hs256(valid, "secret"); }},
      {{"alg-rs384", "B09", "The realm's key opens nothing under RS384", "RFC 8725 section 3.2", "RSA"},
       [](const Specimen& valid) -> Result<std::string> { return SignedAs(valid, Algorithm::kRs384); }},
      {{"alg-rs512", "B09", "The realm's key opens nothing under RS512", "RFC 8725 section 3.2", "RSA"},
       [](const Specimen& valid) -> Result<std::string> { return SignedAs(valid, Algorithm::kRs512); }},
      {{"alg-ps256", "B10", "The realm's key opens nothing under PS256", "RFC 8725 section 3.1", "RSA"},
       [](const Specimen& valid) -> Result<std::string> { return SignedAs(valid, Algorithm::kPs256); }},
      {{"alg-es384-foreign-key", "B10", "A foreign ES384 key under the realm's kid opens nothing",
        "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return SignedByForeignKey(valid, Algorithm::kEs384); }},
      {{"alg-es256-foreign-key", "B10", "A foreign ES256 key under the realm's kid opens nothing",
        "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> { return SignedByForeignKey(valid, Algorithm::kEs256); }},
      {{"alg-eddsa-foreign-key", "B09", "A foreign Ed25519 key under the realm's kid opens nothing",
        "RFC 8725 section 3.2"},
       [](const Specimen& valid) -> Result<std::string> { return SignedByForeignKey(valid, Algorithm::kEdDsa); }},
      {{"es256-zero-signature", "B12", "An ECDSA signature of zeros fits no text", "RFC 8725 section 3.4"},
       [](const Specimen& valid) -> Result<std::string> { return Renamed(valid, "ES256", std::string(64, '\0')); }},
  };
}

std::vector<Forgery> SignatureByteForgeries() {
  return {
      {{"ecdsa-r-zero", "B13", "r = 0 fits no text", "RFC 8725 section 3.4", "EC"},
       [](const Specimen& valid) {
         return WithEcdsaNumbers(valid, std::string(32, '\0'), valid.signature.substr(valid.signature.size() / 2));
       }},
      {{"ecdsa-s-zero", "B13", "s = 0 fits no text", "RFC 8725 section 3.4", "EC"},
       [](const Specimen& valid) {
         return WithEcdsaNumbers(valid, valid.signature.substr(0, valid.signature.size() / 2), std::string(32, '\0'));
       }},
      {{"ecdsa-r-is-order", "B13", "r = n fits no text", "RFC 8725 section 3.4", "EC"},
       [](const Specimen& valid) {
         return WithEcdsaNumbers(valid, P256Order(), valid.signature.substr(valid.signature.size() / 2));
       }},
      {{"ecdsa-s-is-order", "B13", "s = n fits no text", "RFC 8725 section 3.4", "EC"},
       [](const Specimen& valid) {
         return WithEcdsaNumbers(valid, valid.signature.substr(0, valid.signature.size() / 2), P256Order());
       }},
      {{"ecdsa-der-signature", "B14", "A DER signature is not the JWS form", "RFC 7518 section 3.4", "EC"},
       DerSignature},
      {{"ecdsa-short-signature", "B15", "A signature one byte short opens nothing", "RFC 7518 section 3.4", "EC"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithSignature(std::string_view(valid.signature).substr(0, valid.signature.size() - 1));
       }},
      {{"ecdsa-long-signature", "B15", "A signature one byte long opens nothing", "RFC 7518 section 3.4", "EC"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithSignature(valid.signature + '\0'); }},
      {{"signature-huge", "B15", "A signature of kilobytes opens nothing", "RFC 7518 section 3.4"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithSignature(valid.signature + std::string(3000, '\x01'));
       }},
      {{"pkcs1-garbage-after-digest", "B18", "Padding with bytes behind the digest opens nothing",
        "RFC 8725 section 3.3", "RSA"},
       [](const Specimen& valid) {
         const std::string head = "\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00"s + DigestPrefix();
         return SignBlock(valid, head + Sha256(valid.SignedText()), "");
       }},
      {{"pkcs1-short-padding", "B18", "Padding with a short run of 0xff opens nothing", "RFC 8725 section 3.3", "RSA"},
       [](const Specimen& valid) {
         return SignBlock(valid, "\x00\x01\xff\x00"s + DigestPrefix() + Sha256(valid.SignedText()), "");
       }},
      {{"pkcs1-missing-null", "B18", "A digest without its NULL parameter opens nothing", "RFC 8725 section 3.3",
        "RSA"},
       [](const Specimen& valid) {
         return SignBlock(valid, "\x00\x01"s, "\x00"s + DigestPrefixWithoutNull() + Sha256(valid.SignedText()));
       }},
      {{"pkcs1-wrong-block-type", "B18", "Encryption padding is no signature", "RFC 8725 section 3.3", "RSA"},
       [](const Specimen& valid) {
         return SignBlock(valid, "\x00\x02"s, "\x00"s + DigestPrefix() + Sha256(valid.SignedText()));
       }},
      {{"ed25519-s-above-order", "B19", "S of the group order or more opens nothing", "RFC 8032 section 5.1.7", "OKP"},
       Ed25519AboveOrder},
      {{"signature-bit-flipped", "B50", "One bit of the signature decides", "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithSignature(Flipped(valid.signature, valid.signature.size() / 2, 0x10));
       }},
      {{"signature-first-bit-flipped", "B50", "The first bit of the signature decides", "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithSignature(Flipped(valid.signature, 0, 0x80));
       }},
      {{"signature-last-bit-flipped", "B50", "The last bit of the signature decides", "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithSignature(Flipped(valid.signature, valid.signature.size() - 1, 0x01));
       }},
      {{"header-bit-flipped", "B50", "One bit of the header decides", "RFC 7515 section 5.2"},
       // The case of typ: no reader minds it, only the signature tells.
       [](const Specimen& valid) -> Result<std::string> {
         const std::string type = TRY(At<std::string>(valid.header, "/typ").While("forge token"));
         const size_t at = valid.header_text.find(Dump(type));
         if (type.empty() || at == std::string::npos) return Inapplicable("the header has no plain typ");
         return Base64Url(Flipped(valid.header_text, at + 1, 0x20)) + '.' + valid.payload_segment + '.' +
                valid.signature_segment;
       }},
      {{"payload-bit-flipped", "B50", "One bit of the payload decides", "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string subject = TRY(valid.Text("sub"));
         const size_t at = valid.payload_text.find(Dump(subject));
         if (subject.empty() || at == std::string::npos) return Inapplicable("the payload has no plain sub");
         return valid.header_segment + '.' + Base64Url(Flipped(valid.payload_text, at + 1, 0x01)) + '.' +
                valid.signature_segment;
       }},
      {{"payload-swapped", "B50", "Another subject's payload under this signature opens nothing",
        "RFC 7515 section 5.2"},
       [](const Specimen& valid) -> Result<std::string> {
         Json payload = valid.payload;
         payload["sub"] = "mallory";
         return valid.header_segment + '.' + Base64Url(Dump(payload)) + '.' + valid.signature_segment;
       }},
  };
}

std::vector<Forgery> KeyForgeries() {
  return {
      {{"foreign-key-same-kid", "B30", "The realm's kid does not make a foreign key the realm's",
        "RFC 7517 section 4.5"},
       [](const Specimen& valid) -> Result<std::string> { return SignedByForeignKey(valid, valid.key->algorithm()); }},
      {{"foreign-key-unknown-kid", "B30", "A key nobody published opens nothing", "RFC 7517 section 4.5"},
       [](const Specimen& valid) -> Result<std::string> {
         const Algorithm algorithm = valid.key->algorithm();
         return SignedByForeignKey(valid, algorithm, {{"kid", ForeignKey(algorithm).id()}});
       }},
      {{"embedded-jwk", "B20", "A key the token brings along is not trusted", "RFC 8725 section 3.10"},
       [](const Specimen& valid) -> Result<std::string> {
         return SignedByForeignKey(valid, valid.key->algorithm(), {{"jwk", ForeignJwk(valid)}});
       }},
      {{"jku-header", "B21", "A key set the token points to is neither trusted nor fetched", "RFC 8725 section 3.10"},
       [](const Specimen& valid) {
         return KeysFrom(valid, "jku", "https://" + std::string(kAttackersHost) + "/jwks.json");
       }},
      {{"jku-userinfo", "B22", "The issuer's name before an @ is not the issuer", "RFC 8725 section 3.10"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string authority = TRY(IssuersAuthority(valid));
         return KeysFrom(valid, "jku", "https://" + authority + "@" + std::string(kAttackersHost) + "/jwks.json");
       }},
      {{"jku-subdomain", "B22", "The issuer's name as a sub-domain is not the issuer", "RFC 8725 section 3.10"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string authority = TRY(IssuersAuthority(valid));
         return KeysFrom(
             valid, "jku",
             "https://" + authority.substr(0, authority.find(':')) + "." + std::string(kAttackersHost) + "/jwks.json");
       }},
      {{"jku-traversal", "B22", "A path out of the issuer's is not the issuer", "RFC 8725 section 3.10"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         return KeysFrom(valid, "jku", issuer + "/../../uploads/jwks.json");
       }},
      {{"x5u-header", "B21", "A certificate the token points to is neither trusted nor fetched",
        "RFC 8725 section 3.10"},
       [](const Specimen& valid) {
         return KeysFrom(valid, "x5u", "https://" + std::string(kAttackersHost) + "/chain.pem");
       }},
      {{"x5c-header", "B24", "A self-signed certificate in the header is not trusted", "RFC 7515 section 4.1.6"},
       [](const Specimen& valid) -> Result<std::string> {
         const Algorithm algorithm = valid.key->algorithm();
         Json extra = Json::object();
         extra["x5c"] = Json::array({PemBody(ForeignKey(algorithm).SelfSignedCertificatePem("realm"))});
         return SignedByForeignKey(valid, algorithm, extra);
       }},
      {{"kid-missing", "B29", "A token that does not name its key opens nothing", "RFC 7517 section 4.5", "", true},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", nullptr}}); }},
      // RFC 7515 section 4.1.4 calls a kid a hint: as when it is missing, a server may try the one key there is.
      {{"kid-empty", "B27", "An empty kid names no key", "RFC 7515 section 4.1.4", "", true},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", ""}}); }},
      {{"kid-number", "B27", "A kid is text, not a number", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", 7}}); }},
      {{"kid-null", "B27", "A kid is text, not null", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawHeader("kid", "null"); }},
      {{"kid-array", "B27", "A kid is text, not an array", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", Json::array({valid.key->id()})}}); }},
      {{"kid-object", "B27", "A kid is text, not an object", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", {{"id", valid.key->id()}}}}); }},
      {{"kid-traversal", "B27", "A kid that is a path names no key", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", "../../../../dev/null"}}); }},
      {{"kid-injection", "B27", "A kid that is a query names no key", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", "x' OR '1'='1"}}); }},
      {{"kid-newline", "B27", "A kid with a line break names no key and breaks no log line", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", valid.key->id() + "\nlevel=info"}}); }},
      {{"kid-nul", "B27", "A NUL does not end a kid", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithRawHeader("kid", "\"" + valid.key->id() + "\\u0000\"");
       }},
      {{"kid-huge", "B27", "A kid of kilobytes names no key", "RFC 7515 section 4.1.4"},
       [](const Specimen& valid) { return valid.WithHeader({{"kid", std::string(2000, 'k')}}); }},
      {{"crit-unknown", "B31", "An unknown critical extension is refused", "RFC 7515 section 4.1.11"},
       [](const Specimen& valid) {
         return valid.WithHeader({{"crit", Json::array({"bound-to"})}, {"bound-to", "another-server"}});
       }},
      // RFC 7515 section 4.1.11: nobody may write these two, and who reads them MAY refuse them.
      {{"crit-empty", "B32", "An empty crit is refused", "RFC 7515 section 4.1.11", "", true},
       [](const Specimen& valid) { return valid.WithHeader({{"crit", Json::array()}}); }},
      {{"crit-not-array", "B32", "A crit that is no array is refused", "RFC 7515 section 4.1.11"},
       [](const Specimen& valid) { return valid.WithHeader({{"crit", "exp"}}); }},
      {{"crit-standard-parameter", "B32", "A crit that names a standard parameter is refused",
        "RFC 7515 section 4.1.11", "", true},
       [](const Specimen& valid) { return valid.WithHeader({{"crit", Json::array({"alg"})}}); }},
      {{"crit-absent-parameter", "B32", "A crit that names an absent parameter is refused", "RFC 7515 section 4.1.11"},
       [](const Specimen& valid) { return valid.WithHeader({{"crit", Json::array({"absent"})}}); }},
  };
}

}  // namespace

std::vector<Forgery> SignatureForgeries() {
  std::vector<Forgery> all = AlgorithmForgeries();
  for (const std::vector<Forgery>& part : {SignatureByteForgeries(), KeyForgeries()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  Need(TokenPart::kType, {"header-bit-flipped"}, all);
  Need(TokenPart::kIssuer, {"jku-userinfo", "jku-subdomain", "jku-traversal"}, all);
  return all;
}

}  // namespace iff
