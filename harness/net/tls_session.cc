#include "harness/net/tls_session.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/core/bytes.h"

namespace iff {

void TlsContext::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

namespace {

// Forward secrecy and authenticated encryption only; those of TLS 1.3 are that anyway.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kSecurityLevel = 2;  // RSA from 2048 bits on, no SHA-1 in certificates

// The newest of OpenSSL's queued reasons, in its own words; empties the queue.
std::string OpensslReason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* const text = ERR_reason_error_string(code);
  return text != nullptr ? text : "reason " + std::to_string(ERR_GET_REASON(code));
}

Error Unusable(const std::string& what, const std::string& file) {
  return {ErrorKind::kInvalidInput, "use " + what + " " + file + ": " + OpensslReason()};
}

// Nobody is asked for a passphrase on a terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

Result<void> UseOwn(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  if (certificate.empty() || key.empty()) {
    return Error(ErrorKind::kInvalidInput, "a certificate file and a key file go together");
  }
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return Unusable("certificate file", certificate);
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) return Unusable("key file", key);
  if (SSL_CTX_check_private_key(context) != 1) return Unusable("key file", key);
  return {};
}

Result<SSL_CTX*> MakeContext(const SSL_METHOD* method) {
  ERR_clear_error();
  SSL_CTX* const context = SSL_CTX_new(method);
  if (context == nullptr) return Error(ErrorKind::kInternal, "make a TLS context: " + OpensslReason());
  const bool set = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(context, kCiphers) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1;
  Invariant(set, "TLS can be set up");
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context, NoPassphrase);
  return context;
}

bool HasRevocationLists(SSL_CTX* context) {
  STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(all); ++i) {
    if (X509_OBJECT_get_type(sk_X509_OBJECT_value(all, i)) == X509_LU_CRL) return true;
  }
  return false;
}

Result<void> AskClients(SSL_CTX* context, const TlsServerOptions& options) {
  const bool asked = options.client_certificates != ClientCertificates::kNotAsked;
  if (asked == options.client_ca_file.empty()) {
    return Error(ErrorKind::kInvalidInput, asked ? "certificates of clients need the CA file they are verified by"
                                                 : "a CA file is given although no client is asked for a certificate");
  }
  if (!asked) return {};
  const std::string& file = options.client_ca_file;
  if (SSL_CTX_load_verify_file(context, file.c_str()) != 1) return Unusable("CA file", file);
  // Tells clients which of theirs would do.
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr) return Unusable("CA file", file);
  SSL_CTX_set_client_CA_list(context, names);
  if (HasRevocationLists(context)) X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_CRL_CHECK);
  const bool required = options.client_certificates == ClientCertificates::kRequired;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return {};
}

// Why what came is no TLS at all, or none we speak.
bool IsOtherProtocol(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::ForServer(const TlsServerOptions& options) {
  SSL_CTX* const context = TRY(MakeContext(TLS_server_method()));
  std::shared_ptr<const TlsContext> made(new TlsContext(context));
  TRY(UseOwn(context, options.certificate_file, options.key_file));
  TRY(AskClients(context, options));
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::ForClient(const TlsClientOptions& options) {
  SSL_CTX* const context = TRY(MakeContext(TLS_client_method()));
  std::shared_ptr<const TlsContext> made(new TlsContext(context));
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return Unusable("CA files of", "the system");
  } else if (SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1) {
    return Unusable("CA file", options.ca_file);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!options.certificate_file.empty() || !options.key_file.empty()) {
    TRY(UseOwn(context, options.certificate_file, options.key_file));
  }
  return made;
}

Result<void> CheckTls(const TlsServerOptions& options) {
  TRY(TlsContext::ForServer(options));
  return {};
}

// OpenSSL's own BIO over a socket writes in a way that a peer that has gone answers with a signal.
struct WireMethod {
  static int Read(BIO* bio, char* room, int size) {
    auto& wire = *static_cast<TlsSession::Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::recv(wire.descriptor, room, static_cast<size_t>(size), MSG_DONTWAIT);
    if (count == 0) wire.ended = true;
    if (count < 0 && !Again(wire)) return -1;
    if (count < 0) BIO_set_retry_read(bio);
    return static_cast<int>(count);
  }
  static int Write(BIO* bio, const char* bytes, int size) {
    auto& wire = *static_cast<TlsSession::Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::send(wire.descriptor, bytes, static_cast<size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && Again(wire)) BIO_set_retry_write(bio);
    return static_cast<int>(count);
  }
  static long Control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return static_cast<TlsSession::Wire*>(BIO_get_data(bio))->ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static BIO_METHOD* Get() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
      Invariant(made != nullptr, "there is memory");
      BIO_meth_set_read(made, Read);
      BIO_meth_set_write(made, Write);
      BIO_meth_set_ctrl(made, Control);
      return made;
    }();
    return method;
  }
  static bool Again(TlsSession::Wire& wire) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return true;
    wire.error = errno;
    return false;
  }
};

TlsSession::~TlsSession() { SSL_free(ssl_); }

Result<std::unique_ptr<TlsSession>> TlsSession::Make(const TlsContext& context, int descriptor) {
  ERR_clear_error();
  std::unique_ptr<TlsSession> session(new TlsSession());
  session->wire_.descriptor = descriptor;
  session->ssl_ = SSL_new(context.get());
  BIO* const bio = BIO_new(WireMethod::Get());
  if (session->ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return Error(ErrorKind::kInternal, "begin TLS: " + OpensslReason());
  }
  BIO_set_data(bio, &session->wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(session->ssl_, bio, bio);  // owns it
  return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::Accept(const TlsContext& context, int descriptor) {
  std::unique_ptr<TlsSession> session = TRY(Make(context, descriptor));
  SSL_set_accept_state(session->ssl_);
  return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::Connect(const TlsContext& context, int descriptor, std::string host) {
  std::unique_ptr<TlsSession> session = TRY(Make(context, descriptor));
  SSL_set_connect_state(session->ssl_);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::array<unsigned char, sizeof(in6_addr)> address{};
  const bool literal = ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
                       ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
  bool set = false;
  if (literal) {
    set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl_), host.c_str()) == 1;
  } else {
    // Subject alternative names only, and a wildcard for a whole label only (RFC 9525 sections 6.3 and 7.1).
    SSL_set_hostflags(session->ssl_, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    set = SSL_set1_host(session->ssl_, host.c_str()) == 1 &&
          SSL_ctrl(session->ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
  }
  if (!set) return Error(ErrorKind::kInvalidInput, "connect to " + host + ": no name a certificate can have");
  return session;
}

TlsSession::Step TlsSession::Shake() {
  ERR_clear_error();
  return Judge(SSL_do_handshake(ssl_), 0);
}

TlsSession::Step TlsSession::Read(asio::mutable_buffer room) {
  ERR_clear_error();
  size_t count = 0;
  const int result = SSL_read_ex(ssl_, room.data(), room.size(), &count);
  return Judge(result, count);
}

TlsSession::Step TlsSession::Write(std::string_view bytes) {
  ERR_clear_error();
  size_t count = 0;
  const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count);
  return Judge(result, count);
}

void TlsSession::Farewell() {
  if (failure_ || !SSL_is_init_finished(ssl_)) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_);
  ERR_clear_error();
}

TlsSession::Step TlsSession::Judge(int result, size_t count) {
  if (result == 1) return {.count = count};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {.wants = Wants::kRead};
    case SSL_ERROR_WANT_WRITE:
      return {.wants = Wants::kWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = asio::error::eof};
    default:
      break;
  }
  failure_ = WhyNot();
  ERR_clear_error();
  return {.error = asio::error::connection_aborted};
}

Error TlsSession::WhyNot() {
  const unsigned long code = ERR_peek_last_error();  // that of TLS itself; before it lies what it follows from
  const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  if (code == 0 && wire_.error != 0) {
    return {ErrorKind::kUnavailable, Reason({wire_.error, boost::system::system_category()})};
  }
  if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {ErrorKind::kUnavailable, "connection closed without a goodbye"};
  }
  const std::string text = OpensslReason();
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return {ErrorKind::kRefused, "the peer's certificate is not taken: " +
                                     std::string(X509_verify_cert_error_string(SSL_get_verify_result(ssl_)))};
  }
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) return {ErrorKind::kRefused, "the peer showed no certificate"};
  if (IsOtherProtocol(reason)) return {ErrorKind::kProtocol, "the peer does not speak TLS 1.2 or later"};
  if (reason > SSL_AD_REASON_OFFSET) return {ErrorKind::kRefused, "the peer refused: " + text};
  return {ErrorKind::kProtocol, "tls: " + text};
}

std::string TlsSession::PeerThumbprint() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr || SSL_get_verify_result(ssl_) != X509_V_OK) return "";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  return Base64Url(std::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace iff
