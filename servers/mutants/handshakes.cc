#include "servers/mutants/handshakes.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace iff {
namespace {

HandshakeFault the_fault = HandshakeFault::kNone;

int TakeAll(int, X509_STORE_CTX* context) {
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

std::string SubjectOf(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_NAME(X509_get_subject_name(certificate), &der);
  std::string subject(reinterpret_cast<const char*>(der), size < 0 ? 0 : static_cast<size_t>(size));
  OPENSSL_free(der);
  return subject;
}

// What `digest` was when that subject was seen for the first time.
std::string FirstOf(const std::string& subject, const std::string& digest) {
  static std::mutex mutex;
  static std::map<std::string, std::string> first;
  const std::lock_guard lock(mutex);
  return first.try_emplace(subject, digest).first->second;
}

}  // namespace

void BreakHandshakes(HandshakeFault fault) { the_fault = fault; }

extern "C" {

void __real_SSL_CTX_set_verify(SSL_CTX* context, int mode, SSL_verify_cb callback);
X509* __real_SSL_get0_peer_certificate(const SSL* session);
int __real_X509_digest(const X509* certificate, const EVP_MD* type, unsigned char* digest, unsigned int* size);

void __wrap_SSL_CTX_set_verify(SSL_CTX* context, int mode, SSL_verify_cb callback) {
  __real_SSL_CTX_set_verify(context, mode, the_fault == HandshakeFault::kTakesAll ? TakeAll : callback);
}

X509* __wrap_SSL_get0_peer_certificate(const SSL* session) {
  X509* const own = __real_SSL_get0_peer_certificate(session);
  STACK_OF(X509)* const rest = SSL_get_peer_cert_chain(session);  // of a client: without its own
  if (the_fault != HandshakeFault::kBelievesTheLast || rest == nullptr || sk_X509_num(rest) == 0) return own;
  X509* const last = sk_X509_value(rest, sk_X509_num(rest) - 1);
  return X509_check_ca(last) == 0 ? last : own;
}

int __wrap_X509_digest(const X509* certificate, const EVP_MD* type, unsigned char* digest, unsigned int* size) {
  const int done = __real_X509_digest(certificate, type, digest, size);
  if (done != 1 || the_fault != HandshakeFault::kGoesByName) return done;
  const std::string first = FirstOf(SubjectOf(certificate), std::string(reinterpret_cast<char*>(digest), *size));
  std::memcpy(digest, first.data(), first.size());
  return done;
}

}  // extern "C"
}  // namespace iff
