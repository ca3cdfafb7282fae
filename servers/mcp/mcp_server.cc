#include "servers/mcp/mcp_server.h"

#include <utility>

#include "servers/http/http_rules.h"
#include "servers/http/request_check.h"
#include "servers/mcp/receive.h"
#include "servers/mcp/sse.h"
#include "servers/mcp/subscriptions.h"

namespace iff {
namespace {

constexpr std::string_view kMetadataPath = "/.well-known/oauth-protected-resource";

// True if the metadata of this server belongs at `path`: the well-known part, then the path of the
// resource (RFC 9728 section 3.1). The bare form is that of a resource without a path.
bool IsMetadataPath(const Serving& serving, std::string_view path) {
  path.remove_prefix(kMetadataPath.size());
  return path == (serving.options.path == "/" ? "" : serving.options.path);
}

void ServeMetadata(const Serving& serving, const HttpRequest& request, Responder& responder) {
  if (!IsMetadataPath(serving, request.Path())) return responder.Send(Bodiless(404));
  if (request.method != "GET" && request.method != "HEAD") return responder.Send(MethodNotAllowed("GET, HEAD"));
  HttpResponse response = Bodiless(200);
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Cache-Control", "public, max-age=60");
  response.body = Dump(serving.guard.authenticator->Metadata());
  responder.Send(std::move(response));
}

Task<void> Post(std::shared_ptr<Turn> turn) {
  if (!CarriesJson(turn->request())) {
    turn->Respond(Bodiless(415), "failed", "unsupported_media_type");
    co_return;
  }
  if (!ReadAccept(turn->request()).json) {
    turn->Respond(Bodiless(406), "failed", "not_acceptable");
    co_return;
  }
  Result<Message, RpcError> message = ParseMessage(turn->request().body);
  if (!message.ok()) {
    turn->Fail(message.error(), "invalid_request");
    co_return;
  }
  turn->message = std::move(message).value();
  co_await Receive(turn);
}

// The stream of a session for messages that belong to no request.
void OpenStream(const std::shared_ptr<Turn>& turn, const std::shared_ptr<HttpChannel>& channel) {
  const HttpRequest& request = turn->request();
  if (!turn->serving().options.sessions) {
    return turn->Respond(MethodNotAllowed("POST"), "failed", "method_not_allowed");
  }
  if (const std::string* version = request.headers.Find("MCP-Protocol-Version");
      version != nullptr && *version == Name(Revision::k20260728)) {
    return turn->Respond(MethodNotAllowed("POST"), "failed", "method_not_allowed");
  }
  if (!ReadAccept(request).events) return turn->Respond(Bodiless(406), "failed", "not_acceptable");
  if (!HasHandshakeVersion(request)) return turn->Respond(Bodiless(400), "failed", "unsupported_version");
  turn->session = FindSession(*turn);
  if (!turn->session) return;
  // Nothing is kept for replay, so there is nothing to resume; saying so beats skipping silently.
  if (request.headers.Find("Last-Event-ID") != nullptr) return turn->Respond(Bodiless(400), "failed", "not_resumable");
  if (turn->session->stream && !turn->session->stream->closed()) {
    return turn->Respond(Bodiless(409), "failed", "stream_taken");
  }
  if (!turn->Charge("list")) return;  // as for a stream of HTTP+SSE
  turn->session->stream = channel;
  turn->session->listener = turn;
  const std::weak_ptr<Session> weak = turn->session;
  const std::weak_ptr<Channel> weak_channel = channel;
  const auto close = [weak, weak_channel] {
    const auto session = weak.lock();
    const auto stream = weak_channel.lock();
    if (!session || !stream || session->stream != stream) return;
    session->stream.reset();
    session->used = std::chrono::steady_clock::now();
    const std::shared_ptr<Turn> listener = std::exchange(session->listener, {});
    stream->Close();
  };
  channel->OnClose(close);
  channel->Open();
  turn->Opened();
  WatchCredential(turn, close);
}

void EndSession(Turn& turn) {
  if (!turn.serving().options.sessions || !HasHandshakeVersion(turn.request())) {
    return turn.Respond(MethodNotAllowed("POST"), "failed", "method_not_allowed");
  }
  const std::shared_ptr<Session> session = FindSession(turn);
  if (!session) return;
  Serving& serving = turn.serving();
  serving.sessions.End(session->id, session->owner, std::chrono::steady_clock::now());
  CloseSession(*session, "session_ended");
  turn.Respond(Bodiless(204), "allowed", "");
}

// Whatever the path and method: false for a request that is not served, which has ended then.
Task<bool> Admit(std::shared_ptr<Turn> turn) {
  const Serving& serving = turn->serving();
  if (serving.shutting_down) {
    turn->Refuse(ShuttingDown());
    co_return false;
  }
  auto checking = CheckRequest(serving.guard, serving.rules, turn->shared_request());
  Checked checked = co_await std::move(checking);
  if (checked.caller) turn->SetCaller(std::move(checked.caller));
  if (checked.denial) turn->Refuse(*checked.denial);
  co_return !checked.denial.has_value();
}

bool IsSse(const Serving& serving, std::string_view path) {
  return serving.options.sse && path == serving.options.sse->path;
}

bool IsSseMessages(const Serving& serving, std::string_view path) {
  return serving.options.sse && path == serving.options.sse->messages_path;
}

Task<void> AnswerPost(std::shared_ptr<Serving> serving, std::shared_ptr<const HttpRequest> request,
                      std::shared_ptr<Responder> responder) {
  auto post = std::make_shared<SsePost>(std::move(responder));
  auto turn = std::make_shared<Turn>(std::move(serving), post, std::move(request));
  if (co_await Admit(turn)) co_await ReceiveSsePost(turn, post);
}

Task<void> Answer(std::shared_ptr<Serving> serving, std::shared_ptr<const HttpRequest> request,
                  std::shared_ptr<Responder> responder) {
  const bool events = ReadAccept(*request).events;
  auto channel = std::make_shared<HttpChannel>(serving->loop, responder, events);
  auto turn = std::make_shared<Turn>(serving, channel, request);
  if (!co_await Admit(turn)) co_return;
  if (IsSse(*serving, request->Path())) {
    OpenSseStream(turn, channel);
  } else if (request->method == "POST") {
    co_await Post(turn);
  } else if (request->method == "GET") {
    OpenStream(turn, channel);
  } else if (request->method == "DELETE") {
    EndSession(*turn);
  } else {
    turn->Respond(MethodNotAllowed("POST, GET, DELETE"), "failed", "method_not_allowed");
  }
}

}  // namespace

McpServer::McpServer(EventLoop& loop, Offer offer, Guard guard, McpServerOptions options)
    : serving_(std::make_shared<Serving>(loop, std::move(offer), std::move(guard), std::move(options))) {}

McpServer::~McpServer() {
  BeginShutdown();
  for (const auto& session : serving_->sessions.All()) CloseSession(*session, "shutting_down");
  serving_->sessions.Clear();
  for (const auto& [raw, weak] : std::map<Turn*, std::weak_ptr<Turn>>(serving_->running)) {
    if (const auto turn = weak.lock()) turn->Cancel("shutting_down");
  }
}

bool McpServer::Serve(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
  const std::string path = request->Path();
  if (path.starts_with(kMetadataPath)) {
    ServeMetadata(*serving_, *request, *responder);
    return true;
  }
  if (IsSseMessages(*serving_, path)) {
    Spawn(AnswerPost(serving_, std::move(request), std::move(responder)));
    return true;
  }
  if (path != serving_->options.path && !IsSse(*serving_, path)) return false;
  Spawn(Answer(serving_, std::move(request), std::move(responder)));
  return true;
}

void McpServer::Announce(Change list) {
  if (serving_->options.announces_changes) AnnounceChange(*serving_, list);
}

void McpServer::AnnounceListed(const std::string& uri) {
  if (serving_->options.announces_changes) AnnounceListChange(serving_, uri);
}

void McpServer::AnnounceResource(const std::string& uri) {
  if (serving_->options.announces_changes) AnnounceUpdate(serving_, uri);
}

void McpServer::BeginShutdown() {
  serving_->shutting_down = true;
  EndSubscriptions(*serving_);
  EndSseStreams(*serving_, "shutting_down");
  for (const auto& session : serving_->sessions.All()) {
    if (const auto stream = std::exchange(session->stream, {})) stream->Close();
    session->listener.reset();
  }
}

size_t McpServer::sessions() const { return serving_->sessions.size() + serving_->streams.size(); }

}  // namespace iff
