// Plain HTTP beside MCP, as data: method, path, scope, handler. Each request is guarded as one to MCP is:
// authenticated, its Host and Origin checked, authorized, charged, and recorded once.
//
//   server.routes = [](const ServerContext& context) {
//     return std::vector<Route>{{.method = "GET", .path = "/secrets/{name}", .scope = "secrets:read", .run = ...}};
//   };
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/task.h"
#include "harness/net/http_async.h"
#include "servers/guard/guard.h"
#include "servers/http/request_check.h"

namespace iff {

struct RouteCall {
  std::shared_ptr<const HttpRequest> request = {};
  std::shared_ptr<const Caller> caller = {};
  std::map<std::string, std::string> parameters = {};  // of the path, percent-decoded
};

struct Route {
  std::string method = "GET";  // GET answers HEAD as well
  // "/a/{name}/b": `{name}` is one segment, that is not empty, does not climb and hides no separator; `{name...}`, at
  // the end only, is one segment or more.
  std::string path = {};
  std::string scope = {};        // needed to call it; "" for every authenticated caller
  std::string group = "routes";  // whose rate budget a call is charged to
  std::function<Task<HttpResponse>(RouteCall)> run = {};
};

// The parameters of `path`, an undecoded path without query, if `pattern` is its pattern.
std::optional<std::map<std::string, std::string>> MatchRoute(std::string_view pattern, std::string_view path);

// Serves routes on one event loop.
class RouteServer {
 public:
  // REQUIRES: each method and path occurs once
  RouteServer(std::vector<Route> routes, Guard guard, RequestRules rules);

  // False: no route has that path, and nothing was sent.
  bool Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder);
  // Refuses new requests with 503.
  void BeginShutdown();

 private:
  struct State;
  std::shared_ptr<State> state_;  // running requests hold on to it, too
};

}  // namespace iff
