// One thread's share of a server, or the whole of it where there is one thread: loop, listener, guard, sessions,
// credential sources, tools. For this folder's sources only.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/version.h"
#include "harness/net/http_async.h"
#include "servers/guard/key_source.h"
#include "servers/guard/metrics.h"
#include "servers/http/config.h"
#include "servers/http/hooks.h"
#include "servers/http/request_check.h"
#include "servers/http/server_main.h"
#include "servers/http/shard.h"
#include "servers/mcp/mcp_server.h"

namespace iff {

inline const char* const kServerVersion = kVersion;

class Worker;

// What the workers of one server have in common. Nothing of it changes while they run but what says that it is
// thread-safe.
struct ServerParts {
  ServerDefinition definition = {};
  Hooks hooks = {};
  SystemClock clock = {};
  Metrics metrics = {};                                // thread-safe
  std::shared_ptr<AuditTrail> audit = {};              // thread-safe where there are several workers
  std::vector<std::unique_ptr<EventLoop>> loops = {};  // one each; they outlive the workers
  std::vector<std::unique_ptr<Worker>> workers = {};
};

class Worker {
 public:
  // `config` is that of the whole server.
  Worker(ServerParts& parts, size_t number, const Config& config);

  // Worker 0 listens where the configuration says, the others on the same socket, so after it.
  Result<void> Start();
  // On its loop's thread, as what follows. Refuses what is new and finishes what runs, then calls `done`.
  void Drain(std::function<void()> done);
  // Gives back what was taken, then calls `done`.
  void GiveBack(std::function<void()> done);
  // Speaks to whoever is at the other end of our standard streams, until the end of input, then calls `done`.
  void Converse(const Secret& token, std::function<void()> done);

  int listener() const { return http_ == nullptr ? -1 : http_->listener(); }

 private:
  KeySourceOptions KeyOptions() const;
  std::shared_ptr<Authenticator> MakeAuthenticator();
  std::shared_ptr<Authenticator> Introspected(std::shared_ptr<Authenticator> inner);
  std::shared_ptr<RateLimiter> MakeLimiter() const;
  Guard MakeGuard();
  ServerContext Context();
  Offer MakeOffer();
  using ToolRun = std::function<Task<ToolResult>(ToolCall)>;
  Task<ToolResult> Adjusted(ToolRun run, ToolCall call);
  Task<ToolResult> HeldBack(ToolRun run, ToolCall call);
  void ServeHealth(const HttpRequest& request, Responder& responder);
  void Arrived(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder);
  void Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder);
  void Count();
  void ShowMetrics(std::shared_ptr<Responder> responder);
  Task<void> WarmUp();

  ServerParts& parts_;
  const size_t number_;
  const Config config_;
  // Members are in the order in which they need each other.
  EventLoop& loop_;
  KeySource keys_;
  CredentialSources sources_;
  std::unique_ptr<Shards> shards_;
  const AsyncHandler serve_;  // what is handed over to it
  RequestRules rules_ = {};   // set by Start
  std::unique_ptr<McpServer> mcp_;
  std::unique_ptr<RouteServer> routes_;
  std::unique_ptr<AsyncHttpServer> http_;
  bool ending_ = false;
};

}  // namespace iff
