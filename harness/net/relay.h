// A reverse proxy in front of one HTTP server: what passes is shown whole, streams stream, and both sides see
// addresses that are true for them.
//
//   auto relay = TRY(HttpRelay::Open({.server = server, .passed = [](const Passed& seen) { ... }}));
//   relay->endpoint()   // what clients are told
//
// The server is asked under its own authority. Where it names that authority to the client (header fields, documents
// below /.well-known/), the client reads the one it came by. Because the server cannot tell any more by which name it
// was asked, only names of this machine are taken.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/net/http.h"

namespace iff {

// One exchange that is over.
struct Passed {
  uint64_t number = 0;  // from 1, in the order in which the requests came
  HttpRequest request = {};
  HttpResponse answer = {};           // as the server gave it
  std::optional<Error> silence = {};  // why there was no answer, or not all of it
  bool alone = true;                  // nothing else was under way meanwhile
};

struct HttpRelayOptions {
  Endpoint server = {};
  // For a server that is an https endpoint. Default: the system's CAs, no certificate of our own.
  TlsClientOptions tls = {};
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: the kernel chooses
  // For a whole exchange. Default: 10 minutes, because a stream of events stays open.
  std::chrono::milliseconds patience = std::chrono::minutes(10);
  // Both are called on threads of the relay, several at a time: before a request goes on, and after its answer has
  // ended, before the client has the end of it.
  std::function<void(uint64_t number, const HttpRequest&)> passing = {};
  std::function<void(const Passed&)> passed = {};
};

class HttpRelay {
 public:
  static Result<std::unique_ptr<HttpRelay>> Open(HttpRelayOptions options);
  ~HttpRelay();  // hangs up whatever is under way; `passed` has been called for all of it afterwards

  Endpoint endpoint() const;

 private:
  struct State;
  explicit HttpRelay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff
