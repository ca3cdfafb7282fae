#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <list>
#include <utility>
#include <vector>

#include "harness/net/asio.h"
#include "harness/net/http_async.h"
#include "harness/net/server_connection.h"

namespace iff {
namespace {

constexpr std::chrono::milliseconds kAcceptPause(50);  // when descriptors ran out
// How long what was written may stay unacknowledged (RFC 5482): who vanished without a word while a stream to it is
// open is given up then. The system alone takes a quarter of an hour.
constexpr std::chrono::milliseconds kUnacknowledged = std::chrono::minutes(2);

Error CannotListen(const std::string& where, const BoostError& error) {
  const ErrorKind kind = error == asio::error::address_in_use ? ErrorKind::kUnavailable : ErrorKind::kSystem;
  return {kind, "listen on " + where + ": " + Reason(error)};
}

}  // namespace

struct AsyncHttpServer::State final : public ServerConnection::Owner,
                                      public std::enable_shared_from_this<AsyncHttpServer::State> {
  State(asio::io_context& on, HttpServerOptions chosen, AsyncHandler what)
      : io(on),
        options(std::move(chosen)),
        handler(std::move(what)),
        acceptor(io),
        accept_pause(io),
        sweeper(io),
        drain_limit(io) {
    limits = {options.header_limit, options.body_limit, std::make_shared<BodyRoom>(options.bodies_limit),
              options.tidy ? &options.tidy : nullptr};
    idle_timeout = options.idle_timeout;
    request_timeout = options.request_timeout;
  }

  Result<void> Listen();
  void Accept();
  void Admit(tcp::socket socket);
  void Sweep();
  void Drain(std::chrono::milliseconds deadline, std::function<void()> done);
  void Drained();
  void Close();

  void Handle(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) override {
    const auto self = shared_from_this();  // the handler may destroy the server
    handler(std::move(request), std::move(responder));
  }
  void Gone(ServerConnection& connection) override;

  asio::io_context& io;
  HttpServerOptions options;
  AsyncHandler handler;
  tcp::acceptor acceptor;
  asio::steady_timer accept_pause;
  asio::steady_timer sweeper;
  asio::steady_timer drain_limit;
  std::shared_ptr<const TlsContext> tls = {};
  Endpoint endpoint = {};
  std::list<std::shared_ptr<ServerConnection>> connections = {};
  std::vector<std::function<void()>> on_drained = {};
  bool accepting = false;
  bool sweeping = false;
};

Result<void> AsyncHttpServer::State::Listen() {
  BoostError error;
  if (!options.tls.empty()) {
    tls = TRY(TlsContext::ForServer(options.tls));
    endpoint.scheme = "https";
  }
  if (options.listener >= 0) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    if (::getsockname(options.listener, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      return SystemError("take over listener", errno);
    }
    acceptor.assign(name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), options.listener, error);
    if (error) return CannotListen("the socket handed over", error);
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return CannotListen("the socket handed over", error);
  } else {
    Endpoint wanted;
    wanted.host = options.address;
    wanted.port = options.port;
    const tcp::endpoint where = TRY(Resolve(wanted));
    acceptor.open(where.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(where, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return CannotListen(wanted.Authority(), error);
  }
  const tcp::endpoint bound = acceptor.local_endpoint(error);
  if (error) return CannotListen("an unknown address", error);
  endpoint.host = bound.address().is_v6() ? "[" + bound.address().to_string() + "]" : bound.address().to_string();
  endpoint.port = bound.port();
  return {};
}

void AsyncHttpServer::State::Accept() {
  if (accepting || !acceptor.is_open() || connections.size() >= options.max_connections) return;
  accepting = true;
  acceptor.async_accept([self = shared_from_this()](const BoostError& error, tcp::socket socket) {
    self->accepting = false;
    if (!self->acceptor.is_open()) return;
    if (!error) {
      self->Admit(std::move(socket));
      return self->Accept();
    }
    if (error == asio::error::connection_aborted || error == asio::error::try_again) return self->Accept();
    self->accept_pause.expires_after(kAcceptPause);
    self->accept_pause.async_wait([self](const BoostError& cancelled) {
      if (!cancelled) self->Accept();
    });
  });
}

void AsyncHttpServer::State::Admit(tcp::socket socket) {
  BoostError error;
  socket.set_option(tcp::no_delay(true), error);
  socket.non_blocking(true, error);
  if (error) return;
  const auto unacknowledged = static_cast<unsigned int>(kUnacknowledged.count());
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
  std::unique_ptr<TlsSession> session;
  if (tls) {
    auto begun = TlsSession::Accept(*tls, socket.native_handle());
    if (!begun.ok()) return;
    session = std::move(begun).value();
  }
  const auto connection = std::make_shared<ServerConnection>(std::move(socket), *this, std::move(session));
  connection->place = connections.insert(connections.end(), connection);
  connection->Start();
  if (!sweeping) Sweep();
}

// One timer for all: a request then sets no timer of its own.
void AsyncHttpServer::State::Sweep() {
  sweeping = !connections.empty();
  if (!sweeping) return;
  const auto shortest = std::min(options.idle_timeout, options.request_timeout);
  sweeper.expires_after(std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250)));
  sweeper.async_wait([self = shared_from_this()](const BoostError& cancelled) {
    if (cancelled) return;
    const auto now = std::chrono::steady_clock::now();
    for (auto next = self->connections.begin(); next != self->connections.end();) {
      const std::shared_ptr<ServerConnection> connection = *next++;
      connection->Tick(now);
    }
    self->Sweep();
  });
}

void AsyncHttpServer::State::Gone(ServerConnection& connection) {
  connections.erase(connection.place);
  if (draining && connections.empty()) Drained();
  Accept();  // in case it paused at max_connections
}

void AsyncHttpServer::State::Drain(std::chrono::milliseconds deadline, std::function<void()> done) {
  on_drained.push_back(std::move(done));
  draining = true;
  BoostError ignored;
  acceptor.close(ignored);
  for (auto next = connections.begin(); next != connections.end();) {
    const std::shared_ptr<ServerConnection> connection = *next++;
    if (connection->idle()) connection->CloseIdle();
  }
  if (connections.empty()) return Drained();
  drain_limit.expires_after(deadline);
  drain_limit.async_wait([self = shared_from_this()](const BoostError& cancelled) {
    if (cancelled) return;
    while (!self->connections.empty()) {
      const std::shared_ptr<ServerConnection> connection = self->connections.front();
      connection->HangUp();
    }
  });
}

void AsyncHttpServer::State::Drained() {
  drain_limit.cancel();
  for (std::function<void()>& done : std::exchange(on_drained, {})) asio::post(io, std::move(done));
}

void AsyncHttpServer::State::Close() {
  BoostError ignored;
  acceptor.close(ignored);
  accept_pause.cancel();
  sweeper.cancel();
  drain_limit.cancel();
  draining = false;
  while (!connections.empty()) {
    const std::shared_ptr<ServerConnection> connection = connections.front();
    connection->Close();
  }
}

AsyncHttpServer::AsyncHttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
AsyncHttpServer::~AsyncHttpServer() { state_->Close(); }

Result<std::unique_ptr<AsyncHttpServer>> AsyncHttpServer::Start(EventLoop& loop, HttpServerOptions options,
                                                                AsyncHandler handler) {
  auto state = std::make_shared<State>(loop.context().io, std::move(options), std::move(handler));
  TRY(state->Listen());
  state->Accept();
  return std::unique_ptr<AsyncHttpServer>(new AsyncHttpServer(std::move(state)));
}

Endpoint AsyncHttpServer::endpoint() const { return state_->endpoint; }
int AsyncHttpServer::listener() const { return state_->acceptor.native_handle(); }

void AsyncHttpServer::Drain(std::chrono::milliseconds deadline, std::function<void()> done) {
  state_->Drain(deadline, std::move(done));
}

size_t AsyncHttpServer::connections() const { return state_->connections.size(); }

}  // namespace iff
