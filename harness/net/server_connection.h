// One connection of the asynchronous server: reads requests, has them handled one after the other,
// writes the answers. For this folder's sources only.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "harness/net/asio.h"
#include "harness/net/http_async.h"
#include "harness/net/request_parser.h"
#include "harness/net/tls_session.h"

namespace iff {

class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // The server it belongs to.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void Handle(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) = 0;
    virtual void Gone(ServerConnection& connection) = 0;

    RequestParser::Limits limits = {};
    std::chrono::milliseconds idle_timeout = {};
    std::chrono::milliseconds request_timeout = {};
    bool draining = false;
  };

  // With `tls`, which belongs to that socket, nothing passes before a handshake.
  ServerConnection(tcp::socket socket, Owner& owner, std::unique_ptr<TlsSession> tls = nullptr);
  void Start();

  // Nothing is being read, handled or written.
  bool idle() const { return current_ == nullptr && !arriving_ && !writing_ && !lingering_ && !yielded_; }
  // Closes, telling nobody but the owner.
  void Close();
  // The same with the goodbye that says nothing was cut off. REQUIRES: idle()
  void CloseIdle();
  // The same, and tells the handler at work that the peer is gone.
  void HangUp();
  // Acts on what should have happened by `now`.
  void Tick(SteadyTime now);

  std::list<std::shared_ptr<ServerConnection>>::iterator place = {};  // the owner's

 private:
  // A request and the way to answer it, in one piece of memory.
  class Exchange;

  void Read();
  void Heard(const BoostError& error);
  void Shake();
  void ReadTls();
  void AwaitTls(TlsSession::Wants wants, void (ServerConnection::*next)());
  std::string_view Unread() const;
  void Took(size_t count);
  void Process();
  void ProcessOn();
  bool ProcessSome();
  void Dispatch();
  void Refuse(int status, std::string_view why);
  void Write(std::string_view head, std::string_view body);
  void Flush();
  void Written();
  void Answered(bool close);
  void Linger();

  std::optional<tcp::socket> socket_;  // empty once closed: answers may outlive the event loop
  Owner* owner_;
  std::unique_ptr<TlsSession> tls_;  // only while there is a socket
  std::string certificate_ = {};     // the thumbprint of the client's
  boost::beast::flat_buffer in_;
  size_t taken_ = 0;  // of it, already parsed
  std::shared_ptr<Exchange> arriving_ = {};
  std::optional<RequestParser> parser_ = {};
  Exchange* current_ = nullptr;  // dispatched and not answered whole
  std::string out_ = {};         // being written
  size_t out_written_ = 0;
  std::string next_ = {};  // queued behind it
  size_t most_queued_;     // of an answer; beyond it a slow reader is given up
  SteadyTime due_ = SteadyTime::max();
  bool shaken_ = false;  // the handshake has begun
  bool reading_ = false;
  bool writing_ = false;
  bool processing_ = false;
  bool yielded_ = false;    // others have their turn before it goes on
  bool closing_ = false;    // no further request; lingers once all is written
  bool lingering_ = false;  // our side is shut; what still comes is thrown away
  bool peer_done_ = false;  // the peer shut its side
};

}  // namespace iff
