// Owners for OpenSSL's objects, and the few calls both halves of a key share. Private to harness/jose.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "harness/jose/key.h"

namespace iff::openssl {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using EcdsaPtr = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;

inline const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
inline unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// The four kinds of key pairs behind the seven algorithms.
enum class KeyKind { kRsa, kP256, kP384, kEd25519 };

KeyKind KindFor(Algorithm algorithm);
// nullptr for EdDSA, which hashes by itself.
const EVP_MD* DigestFor(Algorithm algorithm);
// Bytes of r and of s on that curve.
size_t CoordinateSize(KeyKind kind);

// Everything written to a memory BIO.
std::string Text(BIO* bio);

}  // namespace iff::openssl
