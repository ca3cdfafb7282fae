#include "servers/http/channel.h"

#include <chrono>
#include <utility>

namespace iff {
namespace {

constexpr std::chrono::seconds kBeat = std::chrono::seconds(15);

std::string Event(const std::string& message) { return "event: message\ndata: " + message + "\n\n"; }

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

void HttpChannel::Send(const std::string& message) {
  if (closed()) return;
  Open();
  responder_->Write(Event(message));
}

void HttpChannel::Answer(HttpResponse response) {
  if (done_) return;
  if (!begun_) {
    done_ = true;
    responder_->Send(std::move(response));
    return;
  }
  if (!response.body.empty()) responder_->Write(Event(response.body));
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
