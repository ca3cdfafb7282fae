#include "harness/net/http_server.h"

#include <thread>
#include <utility>

#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {

struct HttpServer::State {
  ~State() {
    loop.Stop();
    if (thread.joinable()) thread.join();
  }

  EventLoop loop;
  std::unique_ptr<AsyncHttpServer> server = {};
  std::thread thread = {};
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Handler handler, uint16_t port, TlsServerOptions tls) {
  auto state = std::make_unique<State>();
  HttpServerOptions options;
  options.port = port;
  options.tls = std::move(tls);
  options.body_limit = size_t{64} << 20;
  AsyncHandler answer = [handler = std::move(handler)](std::shared_ptr<const HttpRequest> request,
                                                       std::shared_ptr<Responder> responder) {
    responder->Send(handler(*request));
  };
  state->server = TRY(AsyncHttpServer::Start(state->loop, std::move(options), std::move(answer)));
  state->thread = std::thread([raw = state.get()] { raw->loop.Run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

Endpoint HttpServer::endpoint() const { return state_->server->endpoint(); }

}  // namespace iff
