// Attacks by what a token is wrapped in (RFC 7516), and by certificates that it brings along.
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "harness/core/bytes.h"
#include "harness/core/unpack.h"
#include "harness/jose/key_openssl.h"
#include "harness/jose/specimen.h"

namespace iff {
namespace {

using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, openssl::Deleter<EVP_CIPHER_CTX_free>>;

constexpr size_t kContentKeySize = 32;  // A256GCM
constexpr size_t kWrapKeySize = 16;     // A128KW
constexpr int kFewRounds = 1000;        // of a password: the least that RFC 7518 section 4.8.1.2 recommends

openssl::KeyPtr ReadPublic(const std::string& pem) {
  const openssl::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return openssl::KeyPtr(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

openssl::KeyPtr ReadPrivate(const Secret& pem) {
  const openssl::BioPtr bio(BIO_new_mem_buf(pem.Reveal().data(), static_cast<int>(pem.size())));
  return openssl::KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// What a token says, with nobody's signature below it.
std::string Unsigned(const Json& payload) {
  return Base64Url(Dump({{"alg", "none"}, {"typ", "JWT"}})) + '.' + Base64Url(Dump(payload)) + '.';
}

// RFC 7516 section 5.1, from the key for the content on.
std::string Encrypted(const Json& header, std::string_view wrapped_key, std::string_view content_key,
                      std::string_view text) {
  const std::string head = Base64Url(Dump(header));
  const std::string nonce = RandomBytes(12);
  std::string cipher_text(text.size(), '\0');
  std::string tag(16, '\0');
  const CipherPtr context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool good =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, openssl::Bytes(content_key),
                         openssl::Bytes(std::string_view(nonce))) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, openssl::Bytes(std::string_view(head)),
                        static_cast<int>(head.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), openssl::Bytes(cipher_text), &size, openssl::Bytes(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), nullptr, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1;
  Invariant(good, "a text can be encrypted with a key of our own");
  return head + '.' + Base64Url(wrapped_key) + '.' + Base64Url(nonce) + '.' + Base64Url(cipher_text) + '.' +
         Base64Url(tag);
}

// To whoever has the private half.
std::string EncryptedTo(const PublicKey& reader, std::string_view text) {
  const openssl::KeyPtr key = ReadPublic(reader.Pem());
  const openssl::KeyContextPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  const std::string content_key = RandomBytes(kContentKeySize);
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string wrapped(size, '\0');
  const bool good = EVP_PKEY_encrypt_init(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
                    EVP_PKEY_encrypt(context.get(), openssl::Bytes(wrapped), &size,
                                     openssl::Bytes(std::string_view(content_key)), content_key.size()) == 1;
  Invariant(good, "a key can be wrapped for an RSA key");
  wrapped.resize(size);
  return Encrypted({{"alg", "RSA-OAEP-256"}, {"enc", "A256GCM"}, {"cty", "JWT"}, {"typ", "JWT"}, {"kid", reader.id()}},
                   wrapped, content_key, text);
}

// With a password everybody has: the published key, as text (RFC 7518 section 4.8).
std::string EncryptedWithPublicKey(const PublicKey& published, std::string_view text,
                                   const Json& more = Json::object()) {
  const std::string password = published.Pem();
  const std::string algorithm = "PBES2-HS256+A128KW";
  const std::string random = RandomBytes(16);
  const std::string salt = algorithm + '\0' + random;
  std::string wrap_key(kWrapKeySize, '\0');
  const std::string content_key = RandomBytes(kContentKeySize);
  std::string wrapped(content_key.size() + 8, '\0');
  const CipherPtr context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int size = 0;
  const bool good =
      PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), openssl::Bytes(std::string_view(salt)),
                        static_cast<int>(salt.size()), kFewRounds, EVP_sha256(), static_cast<int>(wrap_key.size()),
                        openssl::Bytes(wrap_key)) == 1 &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_128_wrap(), nullptr, openssl::Bytes(std::string_view(wrap_key)),
                         nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), openssl::Bytes(wrapped), &size, openssl::Bytes(std::string_view(content_key)),
                        static_cast<int>(content_key.size())) == 1;
  Invariant(good, "a key can be wrapped with a password");
  Json header = {{"alg", algorithm},      {"enc", "A256GCM"},         {"cty", "JWT"},     {"typ", "JWT"},
                 {"kid", published.id()}, {"p2s", Base64Url(random)}, {"p2c", kFewRounds}};
  header.update(more);
  return Encrypted(header, wrapped, content_key, text);
}

// DER. `issuer`: whose certificate signs it; nullptr for itself.
std::string Certificate(const SigningKey& of, const std::string& name, const SigningKey& signer,
                        const std::string& signers_name) {
  const openssl::CertificatePtr certificate(X509_new());
  X509* const x509 = certificate.get();
  const openssl::KeyPtr own = ReadPrivate(of.Pkcs8Pem());
  const openssl::KeyPtr signing = ReadPrivate(signer.Pkcs8Pem());
  const EVP_MD* const digest = openssl::DigestFor(signer.algorithm());
  const auto named = [](X509_NAME* where, const std::string& what) {
    return X509_NAME_add_entry_by_txt(where, "CN", MBSTRING_UTF8, openssl::Bytes(std::string_view(what)),
                                      static_cast<int>(what.size()), -1, 0) == 1;
  };
  constexpr long kDay = 86'400;
  unsigned char* der = nullptr;
  const bool good = X509_set_version(x509, X509_VERSION_3) == 1 &&
                    ASN1_INTEGER_set(X509_get_serialNumber(x509), of.id() == signer.id() ? 1 : 2) == 1 &&
                    X509_gmtime_adj(X509_getm_notBefore(x509), -kDay) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(x509), kDay) != nullptr &&
                    named(X509_get_subject_name(x509), name) && named(X509_get_issuer_name(x509), signers_name) &&
                    X509_set_pubkey(x509, own.get()) == 1 && X509_sign(x509, signing.get(), digest) > 0;
  const int size = good ? i2d_X509(x509, &der) : -1;
  Invariant(size > 0, "a certificate of keys of our own can be made");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string Sha1(std::string_view bytes) {
  std::string digest(20, '\0');
  Invariant(EVP_Digest(bytes.data(), bytes.size(), openssl::Bytes(digest), nullptr, EVP_sha1(), nullptr) == 1,
            "a certificate has a thumbprint");
  return digest;
}

// By the attacker's key, of whose certificate the header tells.
std::string Certified(const Specimen& valid, const Json& about) {
  Json header = valid.header;
  header.update(about);
  return valid.SignedBy(ForeignKey(valid.key->algorithm()), Dump(header), Dump(valid.payload));
}

Result<std::string> OwnAuthority(const Specimen& valid) {
  const std::string issuer = TRY(valid.Text("iss"));
  const UrlParts parts = TRY(SplitUrl(issuer));
  const SigningKey& authority = ForeignKey(Algorithm::kEs384);
  const std::string leaf = Certificate(ForeignKey(valid.key->algorithm()), parts.authority, authority, "authority");
  const std::string root = Certificate(authority, "authority", authority, "authority");
  return Certified(valid, {{"x5c", Json::array({Base64(leaf), Base64(root)})}});
}

Result<std::string> FittingThumbprint(const Specimen& valid) {
  const SigningKey& foreign = ForeignKey(valid.key->algorithm());
  const std::string certificate = Certificate(foreign, "realm", foreign, "realm");
  return Certified(valid, {{"x5c", Json::array({Base64(certificate)})},
                           {"x5t", Base64Url(Sha1(certificate))},
                           {"x5t#S256", Base64Url(Sha256(certificate))}});
}

// Compressed it is a few kilobytes.
Result<std::string> Swelling(const Specimen& valid) {
  Json payload = valid.payload;
  payload["filler"] = std::string(size_t{3} << 20, 'f');
  return EncryptedWithPublicKey(valid.key->Public(), Compress(Unsigned(payload), Compression::kDeflate),
                                {{"zip", "DEF"}});
}

}  // namespace

std::vector<Forgery> WrappedForgeries() {
  std::vector<Forgery> all = {
      {{"jwe-around-unsigned", "B35", "An unsigned token is no better for being encrypted to the issuer's public key",
        "RFC 8725 section 3.3", "RSA"},
       [](const Specimen& valid) -> Result<std::string> {
         return EncryptedTo(valid.key->Public(), Unsigned(valid.payload));
       }},
      {{"jwe-with-public-key-as-password", "B35",
        "An unsigned token encrypted with the public key as a password opens nothing", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> {
         return EncryptedWithPublicKey(valid.key->Public(), Unsigned(valid.payload));
       }},
      {{"jwe-deflated", "B37", "A token of kilobytes that swells to megabytes opens nothing", "RFC 8725 section 3.6"},
       Swelling},
      {{"x5c-own-authority", "B24", "A chain that ends at an authority of the attacker's own is not trusted",
        "RFC 7515 section 4.1.6"},
       OwnAuthority},
      {{"x5t-of-another-certificate", "B24", "A thumbprint that fits a brought certificate makes nobody trust it",
        "RFC 7515 section 4.1.8"},
       FittingThumbprint},
  };
  Need(TokenPart::kIssuer, {"x5c-own-authority"}, all);
  return all;
}

}  // namespace iff
