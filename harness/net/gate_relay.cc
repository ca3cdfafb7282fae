#include "harness/net/gate_relay.h"

#include <algorithm>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
#include <utility>

namespace iff {
namespace {

constexpr size_t kChunkSize = size_t{16} << 10;
constexpr std::chrono::seconds kLinger(1);

void CloseSocket(tcp::socket& socket, bool reset) {
  BoostError ignored;
  if (reset) socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

GateRelay::GateRelay(Owner& owner, tcp::socket client)
    : owner_(&owner),
      number_(owner.connections),
      client_(std::move(client)),
      component_(client_.get_executor()),
      up_(client_, component_),
      down_(component_, client_) {
  if (owner.reads == GateReads::kStartups) start_up_.emplace();
  BoostError ignored;
  client_.set_option(tcp::no_delay(true), ignored);
}

void GateRelay::Obey() {
  met_ = false;
  if (start_up_) judged_ = false;  // one that has not passed yet may meet this fault
  const GateFault& fault = owner_->fault;
  if (Mode() == GateMode::kRefuse) return Close(true);
  if (trickling_) return Close(true);
  if (answered_) return;  // it closes soon
  cut_left_ = fault.after_bytes;
  if (Answers()) {
    BeginAnswering();
  } else if (answering_) {
    StopAnswering();
  }
  if (owner_ == nullptr) return;
  if (!Answers() && Mode() != GateMode::kHold) Connect();
  up_.timer.cancel();  // a delay that is over lets its chunk go
  down_.timer.cancel();
  Step(up_);
  Step(down_);
}

GateMode GateRelay::Mode() const {
  return met_ || owner_->fault.aim.everybody() ? owner_->fault.mode : GateMode::kPass;
}

bool GateRelay::Answers() const { return Mode() == GateMode::kAnswer || Mode() == GateMode::kTrickle; }

void GateRelay::Close(bool reset) {
  if (owner_ == nullptr) return;
  const auto self = shared_from_this();
  CloseSocket(client_, reset);
  CloseSocket(component_, reset);
  up_.timer.cancel();
  down_.timer.cancel();
  std::exchange(owner_, nullptr)->Gone(*this);
}

void GateRelay::Connect() {
  if (connected_ || connecting_) return;
  connecting_ = true;
  component_.async_connect(owner_->peer, [self = shared_from_this()](const BoostError& error) {
    self->connecting_ = false;
    if (self->owner_ == nullptr || self->answering_) return;
    if (error == asio::error::operation_aborted) return self->Connect();  // cut off, and healed since
    if (error) return self->Close(true);
    self->connected_ = true;
    BoostError ignored;
    self->component_.set_option(tcp::no_delay(true), ignored);
    self->Step(self->up_);
    self->Step(self->down_);
  });
}

// Does what is next in one direction, if it may be done now.
void GateRelay::Step(Way& way) {
  if (owner_ == nullptr || way.done || way.reading || way.passing) return;
  const bool to_component = &way == &up_;
  if (!to_component && !connected_) return;
  const bool aims = !owner_->fault.aim.everybody();
  // Half a request, and no fault to meet any more, or never the other half.
  if (to_component && !answering_ && !seen_.empty() && (!aims || way.ended)) {
    way.chunk.insert(0, std::exchange(seen_, {}));
    parser_.reset();
    judged_ = true;
  }
  if (way.chunk.empty() && !way.ended) return ReadChunk(way);
  if (answered_) {
    way.chunk.clear();  // nobody wants it, but unread it would reset the connection
    return way.ended ? Close(false) : ReadChunk(way);
  }
  if (to_component && aims && !answering_ && !judged_ && !way.chunk.empty())
    return start_up_ ? JudgeStartUp() : Judge();
  if (Mode() == GateMode::kHold) return;
  if (answering_) return to_component ? TakeRequest() : void();
  if (!connected_) return;
  if (Mode() == GateMode::kDelay && !std::exchange(way.delayed, false)) {
    way.passing = true;
    way.timer.expires_after(owner_->fault.delay);
    way.timer.async_wait([self = shared_from_this(), &way](const BoostError&) {
      way.passing = false;
      way.delayed = true;
      self->Step(way);
    });
    return;
  }
  Pass(way);
}

void GateRelay::ReadChunk(Way& way) {
  way.reading = true;
  way.chunk.resize(kChunkSize);
  way.from.async_read_some(asio::buffer(way.chunk),
                           [self = shared_from_this(), &way](const BoostError& error, size_t count) {
                             way.reading = false;
                             way.chunk.resize(error ? 0 : count);
                             if (self->owner_ == nullptr) return;
                             if (error == asio::error::operation_aborted)
                               return self->Step(way);  // the component was cut off
                             if (error && error != asio::error::eof) return self->Close(true);
                             way.ended = error == asio::error::eof;
                             if (self->start_up_ && &way == &self->up_) self->start_up_->FromClient(way.chunk);
                             if (self->start_up_ && &way == &self->down_) self->start_up_->FromComponent(way.chunk);
                             self->Step(way);
                           });
}

void GateRelay::Pass(Way& way) {
  if (way.chunk.empty()) {
    BoostError ignored;
    way.to.shutdown(tcp::socket::shutdown_send, ignored);
    way.done = true;
    if (up_.done && down_.done) Close(false);
    return;
  }
  const bool to_client = &way == &down_;
  const bool cuts = to_client && Mode() == GateMode::kCut;
  if (cuts && cut_left_ == 0) return Close(true);
  const size_t size = cuts ? static_cast<size_t>(std::min<uint64_t>(cut_left_, way.chunk.size())) : way.chunk.size();
  way.passing = true;
  if (!to_client && start_up_) {
    start_up_->Forget();
    told_unread_ = told_unread_ || start_up_->unreadable();
  }
  // Before it is written: nobody sees a byte that was not counted.
  (to_client ? owner_->to_client : owner_->to_component) += size;
  if (owner_->watcher) {
    owner_->watcher({.connection = number_,
                     .to_component = !to_client,
                     .at = std::chrono::steady_clock::now(),
                     .bytes = std::string_view(way.chunk).substr(0, size)});
  }
  asio::async_write(way.to, asio::buffer(way.chunk.data(), size),
                    [self = shared_from_this(), &way, to_client, cuts](const BoostError& error, size_t written) {
                      way.passing = false;
                      if (self->owner_ == nullptr) return;
                      if (self->answering_) {
                        way.chunk.clear();
                        return self->Step(way);
                      }
                      if (error) return self->Close(true);
                      self->awaiting_ = !to_client;
                      way.chunk.erase(0, written);
                      if (!to_client) self->judged_ = false;
                      if (cuts && self->Mode() == GateMode::kCut) {
                        self->cut_left_ -= std::min<uint64_t>(written, self->cut_left_);
                        if (self->cut_left_ == 0) return self->Close(true);
                      }
                      self->Step(way);
                    });
}

void GateRelay::BeginAnswering() {
  if (std::exchange(answering_, true)) return;
  if (down_.passing && !down_.chunk.empty()) return Close(true);  // two answers would mix
  CloseSocket(component_, true);
  connected_ = false;
  down_.chunk.clear();
  down_.ended = down_.done = false;
  seen_.clear();
  understood_ = 0;
  parser_.reset();
  if (std::exchange(awaiting_, false) || up_.passing) Answer(true);  // the answer it waits for
}

void GateRelay::StopAnswering() {
  answering_ = false;
  if (!seen_.empty()) Close(true);  // half a request was understood: the client has to send it again
}

void GateRelay::TakeRequest() {
  if (up_.ended) return Close(false);
  if (!parser_) {
    request_ = {};
    parser_.emplace(request_, RequestParser::Limits{size_t{64} << 10, size_t{64} << 20});
  }
  seen_.append(std::exchange(up_.chunk, {}));
  understood_ += parser_->Take(std::string_view(seen_).substr(understood_));
  if (parser_->done() || parser_->refusal() || parser_->TakeContinue()) return Answer(request_.method != "HEAD");
  ReadChunk(up_);
}

void GateRelay::Judge() {
  if (!parser_) {
    request_ = {};
    understood_ = 0;
    parser_.emplace(request_, RequestParser::Limits{size_t{64} << 10, size_t{64} << 20});
  }
  seen_.append(std::exchange(up_.chunk, {}));
  understood_ += parser_->Take(std::string_view(seen_).substr(understood_));
  if (!parser_->done() && !parser_->refusal()) return ReadChunk(up_);
  const bool read = parser_->done();
  parser_.reset();
  up_.chunk = std::exchange(seen_, {});
  judged_ = true;
  met_ = read && Meets(up_.chunk);
  if (met_) return Suffer();
  Step(up_);
}

void GateRelay::JudgeStartUp() {
  if (start_up_->half()) {
    seen_.append(std::exchange(up_.chunk, {}));
    return ReadChunk(up_);
  }
  up_.chunk.insert(0, std::exchange(seen_, {}));
  judged_ = true;
  if (start_up_->unreadable() && !std::exchange(told_unread_, true)) ++owner_->unread;
  if (!start_up_->start_up() || !Meets(*start_up_->start_up())) return Step(up_);
  met_ = true;
  Suffer();
}

// What was just judged meets the fault.
void GateRelay::Suffer() {
  // A start-up that was held may meet one fault after another, and is one.
  if (!start_up_ || !std::exchange(counted_, true)) ++owner_->disturbed;
  cut_left_ = owner_->fault.after_bytes;
  if (owner_->fault.mode == GateMode::kRefuse) return Close(true);
  if (!Answers()) return Step(up_);
  answering_ = true;
  CloseSocket(component_, true);
  connected_ = false;
  up_.chunk.clear();
  down_.chunk.clear();
  if (!start_up_) --owner_->disturbed;  // the answer counts
  Answer(request_.method != "HEAD");
}

bool GateRelay::Holds(std::string_view bytes) const {
  const std::vector<std::string>& any = owner_->fault.aim.holding;
  return any.empty() || std::any_of(any.begin(), any.end(), [&](const std::string& each) {
           return !each.empty() && bytes.find(each) != std::string_view::npos;
         });
}

bool GateRelay::IsTheNth() {
  ++owner_->aimed_at;
  return owner_->fault.aim.nth == 0 || owner_->aimed_at == owner_->fault.aim.nth;
}

bool GateRelay::Meets(std::string_view bytes) {
  const GateAim& aim = owner_->fault.aim;
  const bool of_requests = !aim.start_ups && aim.parameters.empty();
  return of_requests && request_.target.starts_with(aim.path) && Holds(bytes) && IsTheNth();
}

bool GateRelay::Meets(const StartUp& start_up) {
  const GateAim& aim = owner_->fault.aim;
  const bool says = std::all_of(aim.parameters.begin(), aim.parameters.end(), [&](const auto& wanted) {
    const auto found = start_up.parameters.find(wanted.first);
    return found != start_up.parameters.end() && found->second.find(wanted.second) != std::string::npos;
  });
  return says && aim.path.empty() && Holds(start_up.bytes) && IsTheNth();
}

std::string GateRelay::HttpHead() const {
  const GateFault& fault = owner_->fault;
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(fault.status)));
  const bool json = fault.body.starts_with('{') || fault.body.starts_with('[');
  std::string head = "HTTP/1.1 " + std::to_string(fault.status) + " ";
  head.append(reason.data(), reason.size());
  head.append("\r\nContent-Type: ").append(json ? "application/json" : "text/plain");
  if (fault.status / 100 == 3) {  // straight to the component, past the gate
    head.append("\r\nLocation: http://").append(owner_->peer.address().to_string()).append(":");
    head.append(std::to_string(owner_->peer.port())).append(request_.target.empty() ? "/" : request_.target);
  }
  head.append("\r\nContent-Length: ").append(std::to_string(fault.body.size()));
  return head.append("\r\nConnection: close\r\n\r\n");
}

void GateRelay::Answer(bool with_body) {
  const GateFault& fault = owner_->fault;
  size_t head = 0;
  if (start_up_) {
    answer_ = fault.sqlstate.empty() ? fault.body : StartUpRefusal(fault.sqlstate, fault.body);
  } else {
    answer_ = HttpHead();
    head = answer_.size();
    answer_.append(with_body ? fault.body : "");
  }
  answered_ = true;
  if (!start_up_) ++owner_->disturbed;
  owner_->to_client += answer_.size();
  trickling_ = fault.mode == GateMode::kTrickle;
  const size_t size = trickling_ ? head : answer_.size();
  asio::async_write(client_, asio::buffer(answer_.data(), size),
                    [self = shared_from_this(), size](const BoostError& error, size_t) {
                      if (self->owner_ == nullptr) return;
                      if (error) return self->Close(true);
                      if (self->trickling_) self->Trickle(size);
                      if (!self->trickling_) self->EndAnswer();
                      self->Step(self->up_);
                    });
}

// The byte at `at` of the answer is due after the delay, and those behind it in turn.
void GateRelay::Trickle(size_t at) {
  if (at >= answer_.size()) {
    trickling_ = false;
    return EndAnswer();
  }
  down_.timer.expires_after(owner_->fault.delay);
  down_.timer.async_wait([self = shared_from_this(), at](const BoostError& cancelled) {
    if (cancelled || self->owner_ == nullptr) return;
    asio::async_write(self->client_, asio::buffer(self->answer_.data() + at, 1),
                      [self, at](const BoostError& error, size_t) {
                        if (self->owner_ == nullptr) return;
                        if (error) return self->Close(true);
                        self->Trickle(at + 1);
                      });
  });
}

void GateRelay::EndAnswer() {
  BoostError ignored;
  client_.shutdown(tcp::socket::shutdown_send, ignored);
  down_.timer.expires_after(kLinger);
  down_.timer.async_wait([self = shared_from_this()](const BoostError& cancelled) {
    if (!cancelled) self->Close(false);
  });
}

}  // namespace iff
