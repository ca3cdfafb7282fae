// TLS over a socket somebody else owns and waits for: nothing in here blocks. For this folder's sources only.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/net/asio.h"
#include "harness/net/tls.h"

namespace iff {

// What all connections of one server, or of one client, have in common.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> ForServer(const TlsServerOptions& options);
  static Result<std::shared_ptr<const TlsContext>> ForClient(const TlsClientOptions& options);

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  std::unique_ptr<SSL_CTX, Free> context_;
};

class TlsSession {
 public:
  enum class Wants { kNothing, kRead, kWrite };
  struct Step {
    size_t count = 0;               // bytes read or written
    Wants wants = Wants::kNothing;  // else: once the socket can be read or written, the same call again
    BoostError error = {};          // eof: the peer has said goodbye; anything else: see failure()
  };

  // `descriptor` stays open as long as any method is called.
  static Result<std::unique_ptr<TlsSession>> Accept(const TlsContext& context, int descriptor);
  // Verifies that the peer is `host`: a DNS name, or an address literal, an IPv6 one in brackets.
  static Result<std::unique_ptr<TlsSession>> Connect(const TlsContext& context, int descriptor, std::string host);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  Step Shake();
  Step Read(asio::mutable_buffer room);
  // The same bytes again when it has to wait.
  Step Write(std::string_view bytes);
  // Tells the peer that the end is meant (RFC 8446 section 6.1), if that goes at once.
  void Farewell();

  // Why a step failed. kRefused: one side does not take the other's certificate. kProtocol: no TLS, or none we speak.
  // kUnavailable: the connection broke.
  const std::optional<Error>& failure() const { return failure_; }
  // SHA-256 over the peer's own certificate, the one whose key it has proven to hold, in DER; base64url
  // (x5t#S256, RFC 7515 section 4.1.8). "" when it showed none.
  std::string PeerThumbprint() const;

 private:
  // What the BIO reads from and writes to.
  struct Wire {
    int descriptor = -1;
    bool ended = false;
    int error = 0;
  };
  friend struct WireMethod;
  TlsSession() = default;
  static Result<std::unique_ptr<TlsSession>> Make(const TlsContext& context, int descriptor);
  Step Judge(int result, size_t count);
  Error WhyNot();

  Wire wire_ = {};
  SSL* ssl_ = nullptr;
  std::optional<Error> failure_ = {};
};

}  // namespace iff
