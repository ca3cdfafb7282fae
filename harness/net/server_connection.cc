#include "harness/net/server_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <utility>

#include "harness/core/log.h"
#include "harness/core/printable.h"

namespace iff {
namespace {

constexpr size_t kReceiveSize = size_t{8} << 10;
constexpr size_t kBodyReadSize = size_t{64} << 10;
constexpr size_t kMostReadAhead = size_t{64} << 10;
constexpr int kInARow = 4;  // requests of one connection, before other connections have their turn
constexpr size_t kKeptCapacity = size_t{256} << 10;
constexpr size_t kMostQueued = size_t{16} << 20;  // a peer that reads this slowly is given up
constexpr std::chrono::milliseconds kLingerBeforeClosing(1000);

bool IsFraming(std::string_view name) {
  switch (name.size()) {
    case 10:
      return EqualsIgnoreCase(name, "Connection") || EqualsIgnoreCase(name, "Keep-Alive");
    case 14:
      return EqualsIgnoreCase(name, "Content-Length");
    case 17:
      return EqualsIgnoreCase(name, "Transfer-Encoding");
    default:
      return false;
  }
}

// A handler may echo what a peer sent: control characters must not end the line.
void AppendField(std::string& out, std::string_view text) {
  const size_t begin = out.size();
  out.append(text);
  if (WithoutControls(text) == text.size()) return;
  for (size_t i = begin; i < out.size(); ++i) {
    if ((static_cast<unsigned char>(out[i]) < ' ' && out[i] != '\t') || out[i] == 0x7f) out[i] = ' ';
  }
}

void AppendNumber(std::string& out, size_t number, int base = 10) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, base);
  out.append(text, end);
}

void AppendHead(std::string& out, const HttpResponse& response) {
  out.append("HTTP/1.1 ");
  AppendNumber(out, static_cast<size_t>(response.status));
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  out.append(" ").append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers.fields()) {
    if (IsFraming(name)) continue;
    AppendField(out, name);
    out.append(": ");
    AppendField(out, value);
    out.append("\r\n");
  }
}

bool HasNoBody(int status) { return status / 100 == 1 || status == 204 || status == 304; }

}  // namespace

class ServerConnection::Exchange final : public Responder {
 public:
  explicit Exchange(std::shared_ptr<ServerConnection> connection) : connection_(std::move(connection)) {}

  ~Exchange() override {
    if (connection_ == nullptr || connection_->current_ != this) return;
    // The handler dropped it without an answer; nothing can be answered after half of one.
    if (state_ == State::kUnanswered) {
      Send({.status = 500, .headers = {{"Content-Type", "text/plain"}}, .body = "no answer was given\n"});
    } else {
      const auto connection = connection_;
      connection->current_ = nullptr;
      connection->Close();
    }
  }

  void Send(HttpResponse response) override {
    Invariant(state_ == State::kUnanswered, "a request is answered once");
    state_ = State::kEnded;
    if (disconnected_) return;
    const bool close = Closes(response);
    std::string head;
    head.reserve(256);
    AppendHead(head, response);
    const bool bodiless = HasNoBody(response.status);
    if (!bodiless) {
      head.append("Content-Length: ");
      const std::string* const claimed =
          head_only && response.body.empty() ? response.headers.Find("Content-Length") : nullptr;
      if (claimed != nullptr) {
        AppendField(head, *claimed);
      } else {
        AppendNumber(head, response.body.size());
      }
      head.append("\r\n");
    }
    head.append(close ? "Connection: close\r\n\r\n" : "\r\n");
    connection_->Write(head, bodiless || head_only ? std::string_view() : response.body);
    End(close);
  }

  void Begin(HttpResponse head) override {
    Invariant(state_ == State::kUnanswered, "a request is answered once");
    state_ = State::kBegun;
    if (disconnected_) return;
    bodiless_ = head_only || HasNoBody(head.status);
    close_ = Closes(head);
    std::string text;
    AppendHead(text, head);
    if (!http10 && !HasNoBody(head.status)) text.append("Transfer-Encoding: chunked\r\n");
    text.append(close_ ? "Connection: close\r\n\r\n" : "\r\n");
    connection_->Write(text, {});
  }

  void Write(std::string chunk) override {
    Invariant(state_ != State::kUnanswered, "an answer begins before its body");
    if (state_ != State::kBegun || disconnected_ || bodiless_ || chunk.empty()) return;
    if (http10) return connection_->Write(chunk, {});
    std::string size;
    AppendNumber(size, chunk.size(), 16);
    size.append("\r\n");
    chunk.append("\r\n");
    connection_->Write(size, chunk);
  }

  void End() override {
    Invariant(state_ != State::kUnanswered, "an answer begins before it ends");
    if (std::exchange(state_, State::kEnded) != State::kBegun || disconnected_) return;
    if (!bodiless_ && !http10) connection_->Write("0\r\n\r\n", {});
    End(close_);
  }

  void LimitUnread(size_t bytes) override {
    if (state_ != State::kEnded && !disconnected_) connection_->most_queued_ = bytes;
  }

  bool disconnected() const override { return disconnected_; }

  void OnDisconnect(std::function<void()> callback) override {
    if (state_ == State::kEnded) return;
    if (disconnected_) return callback();
    on_disconnect_ = std::move(callback);
  }

  // The peer is gone: gives back whom to tell.
  std::function<void()> Disconnect() {
    disconnected_ = true;
    return std::exchange(on_disconnect_, nullptr);
  }

  HttpRequest request = {};
  BodyRoom::Part room = {};  // of its body, as long as there is one
  bool head_only = false;
  bool http10 = false;
  bool last = false;  // the client wants the connection closed afterwards

 private:
  enum class State { kUnanswered, kBegun, kEnded };

  bool Closes(const HttpResponse& response) const {
    const std::string* const wish = response.headers.Find("Connection");
    return last || connection_->owner_ == nullptr || connection_->owner_->draining ||
           (wish != nullptr && EqualsIgnoreCase(*wish, "close"));
  }

  void End(bool close) {
    // The callback may own this object, or what owns it: dropped when all is done.
    const std::function<void()> dropped = std::exchange(on_disconnect_, nullptr);
    const std::shared_ptr<ServerConnection> connection = connection_;
    connection->Answered(close);
  }

  std::shared_ptr<ServerConnection> connection_;
  State state_ = State::kUnanswered;
  bool disconnected_ = false;
  bool bodiless_ = false;
  bool close_ = false;
  std::function<void()> on_disconnect_ = {};
};

ServerConnection::ServerConnection(tcp::socket socket, Owner& owner, std::unique_ptr<TlsSession> tls)
    : socket_(std::move(socket)), owner_(&owner), tls_(std::move(tls)), most_queued_(kMostQueued) {}

void ServerConnection::Start() {
  if (tls_) {
    due_ = std::chrono::steady_clock::now() + owner_->request_timeout;
    return AwaitTls(TlsSession::Wants::kRead, &ServerConnection::Shake);
  }
  due_ = std::chrono::steady_clock::now() + owner_->idle_timeout;
  Read();
}

void ServerConnection::Close() {
  if (!socket_) return;
  const auto self = shared_from_this();
  BoostError ignored;
  tls_.reset();
  socket_->close(ignored);
  socket_.reset();
  // First forgotten, then told: what is dropped with its callback may be the exchange itself.
  if (Exchange* const unanswered = std::exchange(current_, nullptr)) unanswered->Disconnect();
  parser_.reset();
  arriving_ = nullptr;
  std::exchange(owner_, nullptr)->Gone(*this);
}

void ServerConnection::CloseIdle() {
  if (tls_) tls_->Farewell();
  Close();
}

void ServerConnection::HangUp() {
  if (!socket_) return;
  // Later, because we may be within a call of the one who is told.
  if (current_ != nullptr) {
    if (auto tell = current_->Disconnect()) asio::post(socket_->get_executor(), std::move(tell));
  }
  Close();
}

void ServerConnection::Tick(SteadyTime now) {
  if (now < due_) return;
  due_ = SteadyTime::max();
  // Late within a request it is told so; a stalled reader, a lingering or an idle peer is not.
  if (arriving_ && !writing_ && !lingering_) return Refuse(408, "request did not arrive in time");
  if (idle()) return CloseIdle();
  HangUp();
}

void ServerConnection::Read() {
  if (reading_ || !socket_ || peer_done_) return;
  // A head is taken whole, and one beyond its limit refused: it must not wait here for room.
  if (in_.size() >= std::max(kMostReadAhead, owner_->limits.header + kReceiveSize)) return;
  reading_ = true;
  if (tls_ && !lingering_) return ReadTls();
  const bool in_body = parser_ && parser_->is_header_done();
  socket_->async_read_some(in_.prepare(in_body ? kBodyReadSize : kReceiveSize),
                           [self = shared_from_this()](const BoostError& error, size_t count) {
                             if (!self->lingering_) self->in_.commit(count);
                             self->Heard(error);
                           });
}

void ServerConnection::Heard(const BoostError& error) {
  reading_ = false;
  if (!socket_) return;
  if (error == asio::error::eof) {
    peer_done_ = true;
    // Answers that are ready still go out: it may have shut one side only.
    if (yielded_) return;  // ProcessOn goes on
    if (writing_ && current_ == nullptr) {
      closing_ = true;
      return;
    }
  }
  if (error) return HangUp();
  if (lingering_) return Read();
  in_.consume(std::exchange(taken_, 0));
  Process();
  Read();
}

void ServerConnection::AwaitTls(TlsSession::Wants wants, void (ServerConnection::*next)()) {
  const auto what = wants == TlsSession::Wants::kRead ? tcp::socket::wait_read : tcp::socket::wait_write;
  socket_->async_wait(what, [self = shared_from_this(), next](const BoostError&) {
    // What is wrong with the socket shows itself in the next step.
    if (self->socket_) ((*self).*next)();
  });
}

void ServerConnection::Shake() {
  // Who speaks plain HTTP is told so, in the only words it understands. A TLS record of a handshake begins with 22.
  unsigned char first = 0;
  if (!shaken_ && ::recv(socket_->native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first != 22) {
    tls_.reset();
    return Refuse(400, "plain http on a port for https");
  }
  shaken_ = true;
  const TlsSession::Step step = tls_->Shake();
  if (step.wants != TlsSession::Wants::kNothing) return AwaitTls(step.wants, &ServerConnection::Shake);
  if (step.error) {
    if (const auto& why = tls_->failure(); why && why->kind() != ErrorKind::kUnavailable) {
      Log(LogLevel::kInfo, "tls-handshake-failed", {{"reason", why->message()}});
    }
    // Only what the socket says counts from now on; lingering, since a reset may overtake the alert.
    tls_.reset();
    return Linger();
  }
  certificate_ = tls_->PeerThumbprint();
  due_ = std::chrono::steady_clock::now() + owner_->idle_timeout;
  Read();
}

void ServerConnection::ReadTls() {
  if (lingering_) {  // begun before
    reading_ = false;
    return Read();
  }
  const bool in_body = parser_ && parser_->is_header_done();
  const TlsSession::Step step = tls_->Read(in_.prepare(in_body ? kBodyReadSize : kReceiveSize));
  if (step.wants != TlsSession::Wants::kNothing) return AwaitTls(step.wants, &ServerConnection::ReadTls);
  in_.commit(step.count);
  // Not within this call, which there may be one of for each record.
  asio::post(socket_->get_executor(), [self = shared_from_this(), error = step.error] { self->Heard(error); });
}

std::string_view ServerConnection::Unread() const {
  return std::string_view(static_cast<const char*>(in_.data().data()), in_.size()).substr(taken_);
}

// An emptied buffer begins anew at its front, while a read that is under way writes where it began: with one, what was
// taken is dropped when the read is over.
void ServerConnection::Took(size_t count) {
  if (reading_) {
    taken_ += count;
  } else {
    in_.consume(count);
  }
}

void ServerConnection::Process() {
  if (processing_ || yielded_) return;  // a handler answered at once: the loop below goes on
  processing_ = true;
  int left = kInARow;
  while (left > 0 && ProcessSome()) --left;
  processing_ = false;
  // Whoever sends many at once waits for the others after a few.
  if (left == 0 && socket_) {
    yielded_ = true;
    asio::post(socket_->get_executor(), [self = shared_from_this()] { self->ProcessOn(); });
  } else if (peer_done_ && socket_ && current_ == nullptr) {
    // It shut its side while others had their turn, and all that it had sent is answered.
    if (!writing_) return HangUp();
    closing_ = true;
  }
  Read();  // may have paused while too much was read ahead
}

void ServerConnection::ProcessOn() {
  yielded_ = false;
  Process();
  if (socket_ && owner_->draining && idle()) CloseIdle();
}

// False when nothing can be done before something else happens.
bool ServerConnection::ProcessSome() {
  if (!socket_ || current_ != nullptr || writing_ || closing_ || Unread().empty()) return false;
  if (!arriving_) {
    // One empty line in front of a request is let pass (RFC 9112 section 2.2).
    if (Unread().starts_with("\r\n")) {
      Took(2);
      if (Unread().empty()) return false;
    } else if (Unread() == "\r") {
      return false;
    }
    arriving_ = std::make_shared<Exchange>(shared_from_this());
    parser_.emplace(arriving_->request, owner_->limits);
    due_ = std::chrono::steady_clock::now() + owner_->request_timeout;
  }
  Took(parser_->Take(Unread()));
  if (parser_->refusal()) {
    Refuse(parser_->refusal()->status, parser_->refusal()->why);
    return false;
  }
  if (parser_->done()) {
    Dispatch();
    return true;
  }
  if (parser_->TakeContinue()) Write("HTTP/1.1 100 Continue\r\n\r\n", {});
  return false;
}

void ServerConnection::Dispatch() {
  const std::shared_ptr<Exchange> exchange = std::move(arriving_);
  arriving_ = nullptr;
  exchange->head_only = exchange->request.method == "HEAD";
  exchange->http10 = parser_->http10();
  exchange->last = exchange->http10 || !parser_->keep_alive();
  exchange->room = parser_->TakeRoomAway();
  parser_.reset();
  due_ = SteadyTime::max();  // a handler takes as long as it takes
  if (!certificate_.empty()) exchange->request.client_certificate = certificate_;
  current_ = exchange.get();
  most_queued_ = kMostQueued;
  owner_->Handle(std::shared_ptr<const HttpRequest>(exchange, &exchange->request), exchange);
}

void ServerConnection::Refuse(int status, std::string_view why) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain");
  std::string head;
  AppendHead(head, response);
  head.append("Content-Length: ");
  AppendNumber(head, why.size() + 1);
  head.append("\r\nConnection: close\r\n\r\n").append(why).append("\n");
  arriving_ = nullptr;
  parser_.reset();
  Write(head, {});
  Answered(true);
}

void ServerConnection::Write(std::string_view head, std::string_view body) {
  if (!socket_ || lingering_) return;
  if (next_.size() > most_queued_ && current_ != nullptr) return HangUp();
  std::string& queue = writing_ ? next_ : out_;
  queue.append(head).append(body);
  Flush();
}

// Writes now what the kernel takes, and the rest when it takes more.
void ServerConnection::Flush() {
  if (writing_ || !socket_) return;
  while (out_written_ < out_.size()) {
    BoostError error;
    auto wait = tcp::socket::wait_write;
    if (tls_) {
      const TlsSession::Step step = tls_->Write(std::string_view(out_).substr(out_written_));
      out_written_ += step.count;
      error = step.error;
      if (step.wants != TlsSession::Wants::kNothing) error = asio::error::would_block;
      if (step.wants == TlsSession::Wants::kRead) wait = tcp::socket::wait_read;
    } else {
      out_written_ += socket_->write_some(asio::buffer(out_) + out_written_, error);
    }
    if (!error) continue;
    if (error != asio::error::would_block) return HangUp();
    writing_ = true;
    due_ = std::chrono::steady_clock::now() + owner_->idle_timeout;
    socket_->async_wait(wait, [self = shared_from_this()](const BoostError& failed) {
      self->writing_ = false;
      if (!self->socket_) return;
      if (failed) return self->HangUp();
      self->Flush();
      if (!self->writing_) self->Written();
    });
    return;
  }
  out_written_ = 0;
  out_.clear();
  if (out_.capacity() > kKeptCapacity) out_.shrink_to_fit();
  if (!next_.empty()) {
    std::swap(out_, next_);
    Flush();
  }
}

// The kernel has all of it, after some had to wait.
void ServerConnection::Written() {
  if (!socket_) return;
  due_ = current_ != nullptr ? SteadyTime::max() : std::chrono::steady_clock::now() + owner_->idle_timeout;
  if (closing_ && current_ == nullptr) return Linger();
  Process();
}

void ServerConnection::Answered(bool close) {
  current_ = nullptr;
  if (!socket_) return;
  closing_ = closing_ || close;
  if (writing_) return;  // Written() goes on
  due_ = std::chrono::steady_clock::now() + owner_->idle_timeout;
  if (closing_) return Linger();
  Process();
}

// Closing at once would reset the connection when bytes of the peer are unread, and the reset may
// overtake the answer.
void ServerConnection::Linger() {
  lingering_ = true;
  if (tls_) tls_->Farewell();
  if (peer_done_) return Close();
  due_ = std::chrono::steady_clock::now() + kLingerBeforeClosing;
  BoostError ignored;
  socket_->shutdown(tcp::socket::shutdown_send, ignored);
  in_.consume(in_.size());
  Read();
}

}  // namespace iff
