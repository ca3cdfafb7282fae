#include "harness/net/client_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <utility>

namespace iff {
namespace {

namespace http = boost::beast::http;

constexpr size_t kReadSize = size_t{16} << 10;
constexpr uint32_t kHeaderLimit = uint32_t{64} << 10;

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; });
}

bool HasBlankOrControl(std::string_view text) {
  return text.empty() || HasControl(text) || text.find_first_of(" \t") != std::string_view::npos;
}

// Over a unix socket its path stands where host and port do.
std::string TitleOf(const Endpoint& endpoint, const HttpRequest& request) {
  const bool local = endpoint.scheme == "unix";
  return request.method + " " + (local ? "unix://" + endpoint.host + request.Path() : endpoint.Url(request.Path()));
}

}  // namespace

ClientTls TlsTo(const Endpoint& endpoint, const TlsClientOptions& options) {
  if (endpoint.scheme != "https") return std::shared_ptr<const TlsContext>();
  return TlsContext::ForClient(options);
}

Result<std::string> BytesOf(const Endpoint& endpoint, const HttpRequest& request) {
  if (HasBlankOrControl(request.method) || HasBlankOrControl(request.target)) {
    return Error(ErrorKind::kInvalidInput, "send request: blank or control character in method or target");
  }
  std::string wire;
  wire.reserve(256 + request.body.size());
  wire.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  const bool local = endpoint.scheme == "unix";
  if (request.headers.Find("Host") == nullptr)
    wire.append("Host: ").append(local ? "localhost" : endpoint.Authority()).append("\r\n");
  for (const auto& [name, value] : request.headers.fields()) {
    if (HasBlankOrControl(name) || HasControl(value)) {
      return Error(ErrorKind::kInvalidInput, TitleOf(endpoint, request) + ": control character in header " + name);
    }
    wire.append(name).append(": ").append(value).append("\r\n");
  }
  const bool carries =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (carries && request.headers.Find("Content-Length") == nullptr &&
      request.headers.Find("Transfer-Encoding") == nullptr) {
    wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  wire.append("\r\n").append(request.body);
  if (request.rewrite) request.rewrite(wire);
  return wire;
}

Result<std::shared_ptr<const Order>> MakeOrder(const Endpoint& endpoint, const HttpRequest& request, Deadline deadline,
                                               size_t body_limit, const ClientTls& tls) {
  auto order = std::make_shared<Order>();
  order->title = TitleOf(endpoint, request);
  if (endpoint.scheme != "http" && endpoint.scheme != "https" && endpoint.scheme != "unix") {
    return Error(ErrorKind::kInvalidInput, order->title + ": not an http endpoint");
  }
  if (!tls.ok()) return tls.error().While(order->title);
  order->tls = tls.value();
  order->host = endpoint.host;
  order->wire = TRY(BytesOf(endpoint, request));
  order->peer = TRY(PeerOf(endpoint));
  order->deadline = deadline;
  order->body_limit = body_limit;
  order->head = request.method == "HEAD";
  order->alone = static_cast<bool>(request.rewrite);
  order->repeatable = order->head || request.method == "GET" || request.method == "PUT" || request.method == "DELETE";
  return std::shared_ptr<const Order>(std::move(order));
}

ClientConnection::AnswerParser::AnswerParser(const Order& order) : order_(order) {
  eager(true);
  header_limit(kHeaderLimit);
  if (order.on_chunk) {
    body_limit(boost::none);  // nothing is kept
  } else {
    body_limit(order.body_limit);
  }
  if (order.head) skip(true);
}

void ClientConnection::AnswerParser::on_field_impl(Field, View name, View value, BoostError&) {
  if (!trailing_) answer.headers.Add(std::string(name), std::string(value));
}

void ClientConnection::AnswerParser::on_header_impl(BoostError&) {
  trailing_ = true;
  if (order_.on_head && (answer.status / 100 != 1 || answer.status == 101)) order_.on_head(answer);
}

size_t ClientConnection::AnswerParser::Take(View body, BoostError& error) {
  if (!order_.on_chunk) {
    answer.body.append(body.data(), body.size());
  } else if (!body.empty() && !order_.on_chunk(std::string_view(body.data(), body.size()))) {
    hung_up = true;
    error = asio::error::operation_aborted;
  }
  return body.size();
}

void ClientConnection::Start(std::shared_ptr<const Order> order, Done done) {
  order_ = std::move(order);
  done_ = std::move(done);
  ++turn_;
  fresh_ = !socket_.is_open();
  heard_ = written_ = reusable_ = false;
  tls_written_ = 0;
  if (!order_->wire.empty()) buffer_.clear();
  parser_.emplace(*order_);
  timer_.expires_at(order_->deadline.at());
  timer_.async_wait([self = shared_from_this(), turn = turn_](const BoostError& error) {
    if (error || turn != self->turn_ || !self->done_) return;
    self->Fail(ErrorKind::kTimeout,
               self->fresh_ && !self->socket_.is_open() ? "not connected in time" : "no answer in time");
  });
  if (!fresh_ && tls_) {  // later, since with TLS it may fail at once
    asio::post(socket_.get_executor(), [self = shared_from_this(), turn = turn_] {
      if (turn == self->turn_ && self->done_) self->Write();
    });
    return;
  }
  if (!fresh_) return Write();
  socket_.async_connect(order_->peer, [self = shared_from_this(), turn = turn_](const BoostError& error) {
    if (turn != self->turn_ || !self->done_) return;
    if (error) return self->Fail(ErrorKind::kUnavailable, Reason(error));
    BoostError ignored;  // a unix socket never delays
    self->socket_.set_option(tcp::no_delay(true), ignored);
    if (!self->order_->tls) return self->Write();
    auto begun = TlsSession::Connect(*self->order_->tls, self->socket_.native_handle(), self->order_->host);
    if (!begun.ok()) return self->Fail(begun.error().kind(), begun.error().message());
    self->tls_ = std::move(begun).value();
    self->Shake();
  });
}

void ClientConnection::Shake() {
  const TlsSession::Step step = tls_->Shake();
  if (step.wants != TlsSession::Wants::kNothing) return AwaitTls(step.wants, &ClientConnection::Shake);
  if (step.error) return Fail(tls_->failure() ? tls_->failure()->kind() : ErrorKind::kUnavailable, Why(step.error));
  Write();
}

void ClientConnection::AwaitTls(TlsSession::Wants wants, void (ClientConnection::*next)()) {
  const auto what = wants == TlsSession::Wants::kRead ? StreamSocket::wait_read : StreamSocket::wait_write;
  socket_.async_wait(what, [self = shared_from_this(), turn = turn_, next](const BoostError&) {
    // What is wrong with the socket shows itself in the next step.
    if (turn == self->turn_ && self->done_) ((*self).*next)();
  });
}

void ClientConnection::Write() {
  if (order_->wire.empty()) {
    written_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this(), turn = turn_] {
      if (turn == self->turn_ && self->done_) self->Parse();
    });
    return;
  }
  // The answer is awaited at once: a server may refuse a request before it was written whole.
  if (tls_) {
    WriteTls();
    if (done_) Read();
    return;
  }
  asio::async_write(socket_, asio::buffer(order_->wire),
                    [self = shared_from_this(), turn = turn_, order = order_](const BoostError& error, size_t written) {
                      if (turn == self->turn_ && self->done_) self->Written(error, written);
                    });
  Read();
}

void ClientConnection::WriteTls() {
  const std::string_view wire = order_->wire;
  while (tls_written_ < wire.size()) {
    const TlsSession::Step step = tls_->Write(wire.substr(tls_written_));
    if (step.wants != TlsSession::Wants::kNothing) return AwaitTls(step.wants, &ClientConnection::WriteTls);
    // After a handshake of its own the peer may have said why: that is read.
    if (step.error && fresh_) return;
    if (step.error) return Written(step.error, tls_written_);
    tls_written_ += step.count;
  }
  Written({}, tls_written_);
}

void ClientConnection::Written(const BoostError& error, size_t count) {
  written_ = !error;
  // With part of it written the answer may still come, or the read fails as well.
  if (!error || count > 0) return;
  Fail(ErrorKind::kUnavailable, Why(error) + " before the request", !fresh_);
}

void ClientConnection::Read() {
  if (tls_) return ReadTls();
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this(), turn = turn_](const BoostError& error, size_t count) {
                            if (turn == self->turn_ && self->done_) self->Heard(error, count);
                          });
}

void ClientConnection::ReadTls() {
  const TlsSession::Step step = tls_->Read(buffer_.prepare(kReadSize));
  if (step.wants != TlsSession::Wants::kNothing) return AwaitTls(step.wants, &ClientConnection::ReadTls);
  // Not within this call, which there may be one of for each record.
  asio::post(socket_.get_executor(), [self = shared_from_this(), turn = turn_, step] {
    if (turn == self->turn_ && self->done_) self->Heard(step.error, step.count);
  });
}

void ClientConnection::Heard(const BoostError& error, size_t count) {
  if (error) return AtEnd(error);
  heard_ = true;
  buffer_.commit(count);
  Parse();
}

void ClientConnection::Parse() {
  while (buffer_.size() > 0) {
    BoostError error;
    // What only the connection knows of an answer is put into parser_->answer here: `put` hands out the head of a
    // stream.
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (parser_->hung_up) return Finish({.answer = std::move(parser_->answer)});
    if (error == http::error::need_more) break;
    if (error == http::error::body_limit) {
      return Fail(ErrorKind::kProtocol, "answer is larger than " + std::to_string(order_->body_limit) + " bytes");
    }
    if (error) return Fail(ErrorKind::kProtocol, "answer is not http: " + Reason(error));
    if (!parser_->is_done()) continue;
    if (parser_->answer.status / 100 == 1 && parser_->answer.status != 101) {
      parser_.emplace(*order_);  // only an interim answer
      continue;
    }
    // Bytes beyond the answer are nobody's: such a connection is not used again, but by who wants to see them.
    reusable_ = written_ && parser_->keep_alive() && (buffer_.size() == 0 || order_->alone);
    return Finish({.answer = std::move(parser_->answer)});
  }
  Read();
}

void ClientConnection::AtEnd(const BoostError& error) {
  if (tls_ && tls_->failure() && tls_->failure()->kind() != ErrorKind::kUnavailable) {
    return Fail(tls_->failure()->kind(), Why(error));
  }
  if (!heard_) {
    return Fail(ErrorKind::kUnavailable, Why(error) + " before an answer", !fresh_ && order_->repeatable);
  }
  if (error == asio::error::eof && parser_->got_some()) {
    BoostError incomplete;
    parser_->put_eof(incomplete);
    if (!incomplete) return Finish({.answer = std::move(parser_->answer)});
  }
  Fail(ErrorKind::kUnavailable, Why(error) + " within the answer");
}

std::string ClientConnection::Why(const BoostError& error) const {
  return tls_ && tls_->failure() ? tls_->failure()->message() : Reason(error);
}

void ClientConnection::Fail(ErrorKind kind, std::string why, bool try_again) {
  Finish({.answer = Error(kind, order_->title + ": " + std::move(why)), .try_again = try_again});
}

void ClientConnection::Finish(Outcome outcome) {
  if (!reusable_) {
    if (tls_) tls_->Farewell();
    tls_.reset();
    BoostError ignored;
    socket_.close(ignored);
  }
  timer_.cancel();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(outcome));
}

bool ClientConnection::Stale() {
  // Through TLS, which takes what concerns only itself.
  if (tls_) {
    char one = 0;
    return tls_->Read(asio::buffer(&one, 1)).wants != TlsSession::Wants::kRead;
  }
  char byte = 0;
  const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return !(count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

}  // namespace iff
