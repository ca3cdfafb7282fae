// A small server for tests and stand-ins: it has its own thread, its handler answers at once.
//
//   auto server = TRY(HttpServer::Start([](const HttpRequest& request) { return HttpResponse{}; }));
//   server->endpoint().Url("/");
#pragma once

#include <functional>
#include <memory>

#include "harness/net/http.h"

namespace iff {

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Listens on 127.0.0.1; port 0 lets the kernel choose. The handler runs on one thread, in turn.
  static Result<std::unique_ptr<HttpServer>> Start(Handler handler, uint16_t port = 0, TlsServerOptions tls = {});
  ~HttpServer();  // stops listening and joins

  Endpoint endpoint() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff
