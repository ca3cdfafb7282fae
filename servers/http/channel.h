// Where the messages about one request go: an HTTP exchange, or a line each on a stream.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "harness/net/http_async.h"

namespace iff {

class Channel {
 public:
  virtual ~Channel() = default;
  // True if messages can be sent before the answer.
  virtual bool streams() const = 0;
  // One JSON-RPC message that is not the answer. REQUIRES: streams()
  virtual void Send(const std::string& message) = 0;
  // Nothing refuses the message any more, and work on it begins: where a receipt is due, this is when it is given.
  virtual void Take() {}
  // The answer; its status and headers count only if nothing was sent before.
  virtual void Answer(HttpResponse response) = 0;
  // Ends without an answer.
  virtual void Close() = 0;
  virtual bool closed() const = 0;
  // Called once if the peer goes away before the answer.
  virtual void OnClose(std::function<void()> callback) = 0;
};

// Plain JSON until something is sent before the answer; server-sent events from then on, with a comment
// every now and then so that nothing between the two ends takes the stream for dead, and a dead peer shows.
class HttpChannel final : public Channel, public std::enable_shared_from_this<HttpChannel> {
 public:
  HttpChannel(EventLoop& loop, std::shared_ptr<Responder> responder, bool streams)
      : loop_(loop), responder_(std::move(responder)), streams_(streams) {}
  ~HttpChannel() override { StopBeating(); }

  bool streams() const override { return streams_; }
  void Send(const std::string& message) override;
  void Answer(HttpResponse response) override;
  void Close() override;
  bool closed() const override { return done_ || responder_->disconnected(); }
  void OnClose(std::function<void()> callback) override;

  // Starts the event stream before there is an event.
  void Open();
  // An event that is no message. REQUIRES: streams()
  void Tell(std::string_view event, const std::string& data);
  // A peer that leaves more than about `bytes` unread is hung up on.
  void LimitUnread(size_t bytes) { responder_->LimitUnread(bytes); }

 private:
  void Beat();
  void StopBeating();

  EventLoop& loop_;
  std::shared_ptr<Responder> responder_;
  bool streams_ = false;
  bool begun_ = false;
  bool done_ = false;
  std::function<void()> stop_beating_ = {};
};

}  // namespace iff
