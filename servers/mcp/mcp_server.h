// MCP over Streamable HTTP in the revisions 2026-07-28, 2025-11-25 and 2025-06-18 at one path, over
// stdio, and where it is switched on over HTTP+SSE of 2024-11-05. The era is chosen per request: modern `_meta`
// present -> stateless; `initialize` or a live session id -> the handshake revisions.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/net/http_async.h"
#include "servers/guard/decisions.h"
#include "servers/guard/guard.h"
#include "servers/mcp/tool.h"

namespace iff {

// Whether `caller` goes on in what `opener` opened: the same person, client and key.
bool IsSameHolder(const Caller& opener, const Caller& caller);

struct SseOptions {
  std::string path = "/sse";
  std::string messages_path = "/messages/";
  // At once, for one person: whatever the clients, tokens and keys. Beyond: 429.
  size_t max_streams_per_person = 16;
  // A stream over which nothing was asked for so long ends.
  std::chrono::milliseconds idle = std::chrono::minutes(30);
  // A reader that leaves more than about so much unread loses its stream.
  size_t max_unread = size_t{1} << 20;
  // Whose messages a stream takes.
  std::function<bool(const Caller& opener, const Caller& caller)> is_of = IsSameHolder;
};
// The paths beside that of the resource: /sse and /messages/ for /mcp, /a/sse and /a/messages/ for /a/mcp.
SseOptions SseBeside(const std::string& path);

// True if it is among what was subscribed to.
bool Watches(const std::set<std::string>& watched, const std::string& uri);

// What a requestState comes back with.
struct StateUse {
  std::string method = {};
  std::string parameters = {};  // a digest of what was asked for
  std::string holder = {};      // Caller::Holder
};
// All of it.
std::string StateBinding(const StateUse& use);

struct McpServerOptions {
  std::string path = "/mcp";
  // Origins a browser may call from; a request with another Origin is refused (403), as is a foreign Host.
  std::vector<std::string> allowed_origins = {};
  std::vector<std::string> allowed_hosts = {};  // besides the loopback names
  std::chrono::seconds session_idle = std::chrono::seconds(1800);
  size_t max_sessions_per_caller = 32;  // over all its clients and keys
  // What a requestState is good for: it is refused with a use that gives another text (MCP 2026-07-28, multi round-trip
  // requests).
  std::function<std::string(const StateUse&)> state_binding = StateBinding;
  // Whose a session is: who else names it is told that there is none.
  std::function<std::string(const Caller&)> session_holder = &Caller::Holder;
  // False: the handshake revisions are served without sessions (MCP 2025-11-25, transports: a server MAY assign one),
  // so that any replica serves any request. Nothing is kept between requests; an Mcp-Session-Id is nobody's.
  bool sessions = true;
  // Serves HTTP+SSE (MCP 2024-11-05, transports) as well, beside `path`: GET sse, POST messages/. Default: off, a
  // transport that others replaced is one more door.
  std::optional<SseOptions> sse = {};
  std::chrono::milliseconds call_timeout = std::chrono::seconds(30);
  size_t page_size = 100;  // items of a list per answer
  // Advertises and serves subscriptions: subscriptions/listen, resources/subscribe, list changes.
  // Default: off, an offer that never changes has nothing to announce.
  bool announces_changes = false;
  // Who of those whose streams are open is told that `uri` has changed, besides that they may read it.
  std::function<bool(const std::set<std::string>& watched, const std::string& uri)> is_watched = Watches;
  // Advertises and serves log messages of tools to clients that ask for them. Default: off, the feature
  // is deprecated.
  bool logging = false;
  // How the audit trail names the method of a message.
  std::function<std::string(const std::string& method)> recorded_method = RecordedMethod;
};

// What a server can tell those who subscribed.
enum class Change { kTools, kPrompts, kResources };

struct Serving;  // serving.h, for this folder's sources

class McpServer {
 public:
  McpServer(EventLoop& loop, Offer offer, Guard guard, McpServerOptions options);
  ~McpServer();

  // Everything under options.path, the paths of options.sse and /.well-known/oauth-protected-resource. False: not ours,
  // nothing was sent; the composition root then serves health and metrics.
  bool Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder);

  // Speaks newline-delimited JSON-RPC on the two descriptors until end of file. Every message is judged
  // as if it had come over HTTP with `authorization` as its Authorization field.
  Task<void> ServeStdio(int input, int output, std::string authorization);

  // Tells subscribers. Nothing happens unless options.announces_changes.
  void Announce(Change list);
  // Those alone who may read it then: Resource::read is asked for each of them.
  void AnnounceResource(const std::string& uri);
  // That what they are listed has changed by `uri`: those alone who may read it.
  void AnnounceListed(const std::string& uri);

  // Ends open streams and refuses new requests with 503.
  void BeginShutdown();
  size_t sessions() const;  // and streams of HTTP+SSE

 private:
  std::shared_ptr<Serving> serving_;  // running requests hold on to it, too
};

}  // namespace iff
