// The asynchronous halves: a client and a server on an EventLoop. Everything here is called on the
// loop's thread unless it says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "harness/net/http.h"

namespace iff {

struct AsyncHttpClientOptions {
  size_t body_limit = size_t{4} << 20;
  // Connections kept when idle. Default: 32.
  size_t max_idle = 32;
  // Connections at once; further requests wait for one within their deadline. Default: 256. One principal has half of
  // them at most, and of those who wait whoever has fewest is next.
  size_t max_connections = 256;
  // As in HttpClientOptions.
  TlsClientOptions tls = {};
};

// Same contract as HttpClient, without blocking. Destroy it after its last answer came.
class AsyncHttpClient {
 public:
  AsyncHttpClient(EventLoop& loop, Endpoint endpoint, AsyncHttpClientOptions options = {});
  ~AsyncHttpClient();

  // `who`: the principal whose share of the connections it takes; "": nobody's, as what is asked for all is.
  Task<Result<HttpResponse>> Send(HttpRequest request, Deadline deadline, std::string who);
  const Endpoint& endpoint() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// How a handler answers one request: either Send once, or Begin, Write any number of times, End.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void Send(HttpResponse response) = 0;
  // Sends status and headers of `head` with chunked encoding; its body is ignored.
  virtual void Begin(HttpResponse head) = 0;
  virtual void Write(std::string chunk) = 0;
  virtual void End() = 0;
  // A peer that leaves more than about `bytes` of this answer unread is hung up on. Default: 16 MiB.
  virtual void LimitUnread(size_t bytes) { (void)bytes; }
  // True once the peer hung up; what is written afterwards is dropped.
  virtual bool disconnected() const = 0;
  // Called once when the peer hangs up before the answer is complete.
  virtual void OnDisconnect(std::function<void()> callback) = 0;
};

// The request lives as long as the responder. The server keeps the connection alive.
using AsyncHandler = std::function<void(std::shared_ptr<const HttpRequest>, std::shared_ptr<Responder>)>;

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: the kernel chooses; read it back from endpoint()
  // A listening socket handed over by the parent, or -1. Wins over address and port.
  int listener = -1;
  size_t header_limit = size_t{16} << 10;  // beyond: 431
  size_t body_limit = size_t{1} << 20;     // beyond: 413
  // Of all bodies above 16 KiB together, by the lengths they claim, from their first byte until they are answered;
  // beyond: 503. A stranger's body is read before its token is judged.
  size_t bodies_limit = size_t{32} << 20;
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);
  // Time for a request to arrive whole once it began. Default: 10 s.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(10);
  size_t max_connections = 4096;
  // If set, it speaks TLS and nothing else; a handshake has request_timeout. Default: plain HTTP.
  TlsServerOptions tls = {};
  // For servers that are broken on purpose: gets what came up to a blank line and behind it, and makes of it what is
  // read, as a careless proxy would. Default: a request is read as it came.
  std::function<void(std::string& bytes)> tidy = {};
};

// Strict HTTP/1.1: refuses (400, closes) both Content-Length and Transfer-Encoding, repeated Host,
// obs-fold, control characters in fields. Answers HEAD and Expect correctly.
class AsyncHttpServer {
 public:
  static Result<std::unique_ptr<AsyncHttpServer>> Start(EventLoop& loop, HttpServerOptions options,
                                                        AsyncHandler handler);
  // Closes every connection. On the loop's thread, or when the loop does not run.
  ~AsyncHttpServer();

  Endpoint endpoint() const;
  // The listening socket, for whoever serves on a copy of it as well (HttpServerOptions::listener).
  int listener() const;
  // Stops accepting, lets running requests finish until `deadline`, then calls `done`.
  void Drain(std::chrono::milliseconds deadline, std::function<void()> done);
  size_t connections() const;

 private:
  struct State;
  explicit AsyncHttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace iff
