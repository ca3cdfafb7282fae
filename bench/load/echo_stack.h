// The echo server under a driver: a key, an issuer that publishes it, the program itself with every door it
// has, and signed tokens for as many people as wanted. No Keycloak, no Vault: what is left is the runtime.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/driver.h"
#include "bench/load/regime.h"
#include "harness/jose/key.h"
#include "harness/launch/launcher.h"
#include "harness/net/http_server.h"

namespace iff {

struct EchoOptions {
  std::string program = {};     // iff-mcp-echo; absolute
  std::string supervisor = {};  // iff-supervisor
  int identities = 1;
  size_t text = 300;  // bytes that are said and answered
  int workers = 1;    // threads of the server
  // The core the server runs on; -1: any.
  int core = -1;
  std::vector<std::string> wrapper = {};  // in front of the program: valgrind and its options
};

class EchoStack {
 public:
  static Result<std::unique_ptr<EchoStack>> Start(const EchoOptions& options);

  const Endpoint& endpoint() const { return endpoint_; }
  int pid() const { return service_->pid(); }
  // Whole requests, one for each identity.
  const std::vector<std::string>& requests() const { return requests_; }
  // The first of them, for a client of ours.
  const HttpRequest& first() const { return first_; }
  HttpClient& client() { return *client_; }
  const std::string& directory() const { return directory_; }
  // Asks the server to end, and waits.
  void Stop() { service_->Stop(); }

 private:
  EchoStack() = default;

  std::unique_ptr<HttpServer> issuer_;
  std::unique_ptr<ProcessLauncher> launcher_;
  std::optional<Service> service_;
  std::optional<Pinned> pinned_;
  Endpoint endpoint_;
  std::string directory_;
  std::unique_ptr<HttpClient> client_;
  HttpRequest first_;
  std::vector<std::string> requests_;
};

// What Keycloak says of somebody beside what every token says; of its size and shape.
Json KeycloakClaims(int number);

// The request for a tool called "echo" that says `text` bytes; `token` "" for none. Without
// `stateless_revision` it lacks what 2026-07-28 adds, for servers that do not know it.
HttpRequest EchoRequest(const std::string& path, const std::string& token, size_t text, bool stateless_revision);

}  // namespace iff
