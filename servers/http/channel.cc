#include "servers/http/channel.h"

#include <chrono>
#include <utility>

namespace iff {
namespace {

constexpr std::chrono::seconds kBeat = std::chrono::seconds(15);
constexpr std::string_view kMessage = "message";

std::string Event(std::string_view event, const std::string& data) {
  return "event: " + std::string(event) + "\ndata: " + data + "\n\n";
}

}  // namespace

void HttpChannel::Open() {
  if (begun_ || done_) return;
  begun_ = true;
  HttpResponse head;
  head.headers.Add("Content-Type", "text/event-stream");
  head.headers.Add("Cache-Control", "no-store");
  head.headers.Add("X-Accel-Buffering", "no");
  responder_->Begin(std::move(head));
  Beat();
}

void HttpChannel::Send(const std::string& message) { Tell(kMessage, message); }

void HttpChannel::Tell(std::string_view event, const std::string& data) {
  if (closed()) return;
  Open();
  responder_->Write(Event(event, data));
}

void HttpChannel::Answer(HttpResponse response) {
  if (done_) return;
  if (!begun_) {
    done_ = true;
    responder_->Send(std::move(response));
    return;
  }
  if (!response.body.empty()) responder_->Write(Event(kMessage, response.body));
  Close();
}

void HttpChannel::Close() {
  if (done_) return;
  if (!begun_ && streams_) Open();
  done_ = true;
  StopBeating();
  if (begun_) {
    responder_->End();
    return;
  }
  HttpResponse nothing;
  nothing.status = 202;
  responder_->Send(std::move(nothing));
}

void HttpChannel::OnClose(std::function<void()> callback) {
  responder_->OnDisconnect([weak = weak_from_this(), callback = std::move(callback)] {
    if (const auto self = weak.lock()) self->StopBeating();
    callback();
  });
}

void HttpChannel::Beat() {
  stop_beating_ = loop_.After(kBeat, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->closed()) return;
    self->responder_->Write(":\n\n");
    self->Beat();
  });
}

void HttpChannel::StopBeating() {
  if (stop_beating_) std::exchange(stop_beating_, {})();
}

}  // namespace iff
