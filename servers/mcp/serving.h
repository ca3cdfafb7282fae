// What the sources of the MCP server share: one server's offer made ready, and what lives between
// requests. For this folder only.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "servers/http/http_rules.h"
#include "servers/http/request_check.h"
#include "servers/mcp/mcp_server.h"
#include "servers/mcp/schema.h"
#include "servers/mcp/sealed_state.h"
#include "servers/mcp/session_store.h"
#include "servers/mcp/sse_streams.h"

namespace iff {

inline constexpr std::string_view kMetaVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kMetaCapabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kMetaLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kMetaServerInfo = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kMetaSubscription = "io.modelcontextprotocol/subscriptionId";
inline constexpr std::string_view kMetaCorrelation = "iff/correlation";

struct PreparedTool {
  Tool tool = {};
  Json listed = {};         // as tools/list shows it
  Json listed_before = {};  // to the handshake revisions
  std::optional<Schema> input = {};
  std::optional<Schema> output = {};
  std::vector<MirroredParameter> mirrored = {};
};

// An open subscriptions/listen.
struct Subscription {
  std::shared_ptr<Turn> turn = {};
  Json filter = Json::object();  // what was acknowledged
};

struct Serving {
  Serving(EventLoop& event_loop, Offer what, Guard checks, McpServerOptions settings);

  EventLoop& loop;
  Offer offer;
  Guard guard;
  McpServerOptions options;
  RequestRules rules;
  std::vector<PreparedTool> tools = {};
  std::map<std::string, size_t, std::less<>> tool_at = {};
  SealedState sealed = SealedState();
  SessionStore sessions;
  SseStreams streams = {};
  std::list<Subscription> subscriptions = {};
  std::map<Turn*, std::weak_ptr<Turn>> running = {};  // tool calls and the like, of every revision
  bool shutting_down = false;
  bool audit_broken = false;

  // Whoever may have a stream of its own: sessions, and streams of HTTP+SSE after their handshake.
  std::vector<std::shared_ptr<Session>> AllSessions() const;
  const PreparedTool* FindTool(std::string_view name) const;
  const Prompt* FindPrompt(std::string_view name) const;
  // By URI or by template.
  const Resource* FindResource(std::string_view uri) const;
  bool May(const Caller& caller, const std::string& scope) const;
  // A method is served if the offer has what it is about.
  bool Serves(Revision revision, std::string_view method) const;
  // Does it tell of changes, and what tools log? The handshake revisions keep in a session who wants to know.
  bool Announces(Revision revision) const;
  bool Logs(Revision revision) const;
  Json Capabilities(Revision revision) const;
  Json ServerInfo() const { return Json{{"name", offer.name}, {"version", offer.version}}; }
};

// True if `uri` is what `uri_template` (RFC 6570 level 1) could have become, with each variable one path
// segment that does not climb.
bool MatchesTemplate(std::string_view uri_template, std::string_view uri);

}  // namespace iff
