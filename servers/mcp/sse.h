// HTTP+SSE of MCP 2024-11-05: GET opens a stream, whose first event, `endpoint`, says where to post; each message is a
// request of its own, and what is to be said about it comes as a `message` event of the stream.
//
//   GET /sse               200, the stream; 406 unless it takes text/event-stream, 429 beyond the person's streams
//   POST /messages/?...    202; 404 for a stream that is not the caller's, whatever the reason; 400, 415 for what is
//                          no message; and what refuses a message to /mcp refuses it here: 401, 403, 429, 503
//
// A refusal is the answer to the request that is refused, never an event.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "servers/http/channel.h"
#include "servers/mcp/turn.h"

namespace iff {

// What is said about one posted message: refusals and the receipt to whoever posts, the rest on the stream.
class SsePost final : public Channel {
 public:
  explicit SsePost(std::shared_ptr<Responder> responder) : responder_(std::move(responder)) {}

  // From now on it belongs to this stream.
  void Attach(std::shared_ptr<Channel> stream) { stream_ = std::move(stream); }

  bool streams() const override { return stream_ != nullptr; }
  void Send(const std::string& message) override;
  void Take() override;
  void Answer(HttpResponse response) override;
  void Close() override;
  bool closed() const override { return done_ || (stream_ && stream_->closed()); }
  void OnClose(std::function<void()>) override {}  // the stream's end says it for all of its messages

 private:
  std::shared_ptr<Responder> responder_;  // until it has its answer
  std::shared_ptr<Channel> stream_ = {};
  bool done_ = false;
};

// Each REQUIRES: options.sse, and a caller
void OpenSseStream(const std::shared_ptr<Turn>& turn, const std::shared_ptr<HttpChannel>& channel);
Task<void> ReceiveSsePost(std::shared_ptr<Turn> turn, std::shared_ptr<SsePost> post);

// Ends what runs in every stream, and the streams.
void EndSseStreams(Serving& serving, const std::string& reason);

}  // namespace iff
