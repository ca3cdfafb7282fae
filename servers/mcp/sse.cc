#include "servers/mcp/sse.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "harness/core/log.h"
#include "servers/http/http_rules.h"
#include "servers/mcp/methods.h"
#include "servers/mcp/receive.h"
#include "servers/mcp/subscriptions.h"

namespace iff {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kIdParameter = "session_id=";

// The one id in the query, which our ids need no encoding for.
std::optional<std::string_view> IdIn(std::string_view target) {
  std::optional<std::string_view> id;
  const size_t query = target.find('?');
  std::string_view rest = query == std::string_view::npos ? "" : target.substr(query + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (!part.starts_with(kIdParameter)) continue;
    if (id) return std::nullopt;
    id = part.substr(kIdParameter.size());
  }
  return id && IsSessionId(*id) ? id : std::nullopt;
}

void EndStream(Serving& serving, SseStream& stream, const std::string& reason) {
  if (!serving.streams.Remove(stream.session->id)) return;
  if (stream.stop_waiting) std::exchange(stream.stop_waiting, {})();
  Log(LogLevel::kDebug, "sse-stream-ended", {{"reason", reason}});
  CloseSession(*stream.session, reason);
}

// Ends the stream by `reason` when it is called, unless it has ended.
std::function<void()> Ending(const std::shared_ptr<Serving>& serving, const std::shared_ptr<SseStream>& stream,
                             std::string reason) {
  return [weak_serving = std::weak_ptr<Serving>(serving), weak = std::weak_ptr<SseStream>(stream),
          reason = std::move(reason)] {
    const auto still = weak_serving.lock();
    const auto self = weak.lock();
    if (still && self) EndStream(*still, *self, reason);
  };
}

void AwaitIdle(const std::shared_ptr<Serving>& serving, const std::shared_ptr<SseStream>& stream) {
  const milliseconds idle = serving->options.sse->idle;
  const Session& session = *stream->session;
  const auto unused = std::chrono::duration_cast<milliseconds>(steady_clock::now() - session.used);
  if (unused >= idle && session.running.empty()) return EndStream(*serving, *stream, "idle");
  const milliseconds wait = unused >= idle ? idle : idle - unused;
  stream->stop_waiting = serving->loop.After(
      wait, [weak_serving = std::weak_ptr<Serving>(serving), weak = std::weak_ptr<SseStream>(stream)] {
        const auto still = weak_serving.lock();
        const auto self = weak.lock();
        if (self) self->stop_waiting = nullptr;
        if (still && self) AwaitIdle(still, self);
      });
}

}  // namespace

void SsePost::Send(const std::string& message) {
  if (!closed()) stream_->Send(message);
}

void SsePost::Take() {
  if (!responder_) return;
  std::exchange(responder_, nullptr)->Send(Bodiless(202));
}

void SsePost::Answer(HttpResponse response) {
  if (std::exchange(done_, true)) return;
  const bool refusal = response.status >= 400 || response.body.empty();
  if (responder_ && (refusal || !stream_)) return std::exchange(responder_, nullptr)->Send(std::move(response));
  Take();
  if (!response.body.empty()) stream_->Send(response.body);
}

void SsePost::Close() {
  if (!std::exchange(done_, true)) Take();
}

void OpenSseStream(const std::shared_ptr<Turn>& turn, const std::shared_ptr<HttpChannel>& channel) {
  const HttpRequest& request = turn->request();
  const std::shared_ptr<Serving>& serving = turn->shared_serving();
  const SseOptions& options = *serving->options.sse;
  if (request.method != "GET") return turn->Respond(MethodNotAllowed("GET"), "failed", "method_not_allowed");
  if (!ReadAccept(request).events) return turn->Respond(Bodiless(406), "failed", "not_acceptable");
  // As for the streams of sessions: there is nothing to resume, and saying so beats skipping silently.
  if (request.headers.Find("Last-Event-ID") != nullptr) return turn->Respond(Bodiless(400), "failed", "not_resumable");
  // Opening costs: whoever opens and leaves in a loop comes to an end.
  if (!turn->Charge("list")) return;
  const std::shared_ptr<SseStream> stream = serving->streams.Open(turn->caller, options);
  if (!stream) {
    Denial denial;
    denial.status = 429;
    denial.reason = "too_many_streams";
    denial.retry_after = std::chrono::seconds(30);
    return turn->Refuse(denial);
  }
  stream->session->stream = channel;
  stream->session->listener = turn;
  channel->LimitUnread(options.max_unread);
  channel->Open();
  channel->Tell("endpoint", options.messages_path + "?" + std::string(kIdParameter) + stream->session->id);
  turn->Opened();
  AwaitIdle(serving, stream);
  WatchCredential(turn, Ending(serving, stream, "credential_over"));
  channel->OnClose(Ending(serving, stream, "disconnected"));  // last: it may have happened, and be told at once
}

Task<void> ReceiveSsePost(std::shared_ptr<Turn> turn, std::shared_ptr<SsePost> post) {
  const HttpRequest& request = turn->request();
  if (request.method != "POST") co_return turn->Respond(MethodNotAllowed("POST"), "failed", "method_not_allowed");
  const std::optional<std::string_view> id = IdIn(request.target);
  if (!id) {
    co_return turn->Fail({.code = rpc::kInvalidRequest, .message = "session id missing or malformed", .status = 400},
                         "invalid_session_id");
  }
  const Serving& serving = turn->serving();
  const std::shared_ptr<SseStream> stream = serving.streams.Find(*id, *turn->caller, *serving.options.sse);
  if (!stream) co_return RefuseSession(*turn);
  if (!CarriesJson(request)) co_return turn->Respond(Bodiless(415), "failed", "unsupported_media_type");
  Result<Message, RpcError> message = ParseMessage(request.body);
  if (!message.ok()) co_return turn->Fail(message.error(), "invalid_request");
  stream->session->used = steady_clock::now();
  turn->message = std::move(message).value();
  turn->session = stream->session;
  turn->over_http = false;  // its messages are a stream's: this revision has no headers of its own
  post->Attach(stream->session->stream);
  co_await Receive(turn);
}

void EndSseStreams(Serving& serving, const std::string& reason) {
  for (const auto& stream : serving.streams.All()) EndStream(serving, *stream, reason);
}

}  // namespace iff
