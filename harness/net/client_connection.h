// One connection of a client and the exchange that runs on it: the half that the blocking and the
// asynchronous client share. For this folder's sources only.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/clock.h"
#include "harness/net/asio.h"
#include "harness/net/http.h"
#include "harness/net/tls_session.h"

namespace iff {

// A request as it goes over the wire, and what to do with its answer.
struct Order {
  std::string wire = {};   // empty: nothing is sent, and an answer awaited all the same
  std::string title = {};  // "GET http://127.0.0.1:8080/mcp", for errors; without the query, which may hold secrets
  bool head = false;
  bool alone = false;       // shares its connection with no other order
  bool repeatable = false;  // GET, HEAD, PUT, DELETE: sending it twice does what sending it once does
  StreamEndpoint peer = {};
  std::shared_ptr<const TlsContext> tls = {};  // for https
  std::string host = {};                       // whom the peer's certificate has to name, for https
  size_t body_limit = 0;
  Deadline deadline = Deadline(Deadline::SteadyTime::max());
  // Gets status and fields before any of the body comes.
  std::function<void(const HttpResponse&)> on_head = {};
  // Gets the body piece by piece; false hangs up. Empty: the body is collected.
  std::function<bool(std::string_view)> on_chunk = {};
};

// What a client needs once for all its orders: for an https endpoint, its files as they are now; else nullptr.
using ClientTls = Result<std::shared_ptr<const TlsContext>>;
ClientTls TlsTo(const Endpoint& endpoint, const TlsClientOptions& options);

// `tls` is that of TlsTo for the same endpoint.
Result<std::shared_ptr<const Order>> MakeOrder(const Endpoint& endpoint, const HttpRequest& request, Deadline deadline,
                                               size_t body_limit, const ClientTls& tls);

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  struct Outcome {
    Result<HttpResponse> answer = Error(ErrorKind::kInternal, "no answer");
    // The peer closed a kept connection under our feet; the same order may go out on a new one.
    bool try_again = false;
  };
  using Done = std::function<void(Outcome)>;

  explicit ClientConnection(asio::io_context& io) : socket_(io), timer_(io) {}

  // Connects if it is not connected. One at a time; `done` is called once, never from within.
  void Start(std::shared_ptr<const Order> order, Done done);

  // After `done`: ready for another order.
  bool reusable() const { return reusable_; }
  // The peer closed it (or talks out of turn) while nobody was using it.
  bool Stale();

 private:
  // Collects an answer straight into an HttpResponse.
  class AnswerParser final : public boost::beast::http::basic_parser<false> {
   public:
    explicit AnswerParser(const Order& order);
    HttpResponse answer = {};
    bool hung_up = false;

   private:
    using View = boost::beast::string_view;
    using Verb = boost::beast::http::verb;
    using Field = boost::beast::http::field;
    size_t Take(View body, BoostError& error);
    void on_request_impl(Verb, View, View, int, BoostError&) override {}
    void on_response_impl(int code, View, int, BoostError&) override { answer.status = code; }
    void on_field_impl(Field, View name, View value, BoostError&) override;
    void on_header_impl(BoostError&) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, BoostError&) override {}
    size_t on_body_impl(View body, BoostError& error) override { return Take(body, error); }
    void on_chunk_header_impl(std::uint64_t, View, BoostError&) override {}
    size_t on_chunk_body_impl(std::uint64_t, View body, BoostError& error) override { return Take(body, error); }
    void on_finish_impl(BoostError&) override {}

    const Order& order_;
    bool trailing_ = false;
  };

  void Shake();
  void Write();
  void WriteTls();
  void Written(const BoostError& error, size_t count);
  void Read();
  void ReadTls();
  void Heard(const BoostError& error, size_t count);
  void AwaitTls(TlsSession::Wants wants, void (ClientConnection::*next)());
  // The one place that puts into an answer what only the connection knows, such as `fresh_` and `tls_` (nullptr over
  // plain HTTP): before its head is handed out.
  void Parse();
  void AtEnd(const BoostError& error);
  std::string Why(const BoostError& error) const;
  void Fail(ErrorKind kind, std::string why, bool try_again = false);
  void Finish(Outcome outcome);

  StreamSocket socket_;
  std::unique_ptr<TlsSession> tls_ = {};
  size_t tls_written_ = 0;  // of the order
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<AnswerParser> parser_ = {};
  std::shared_ptr<const Order> order_ = {};
  Done done_ = {};
  uint64_t turn_ = 0;  // what belongs to an earlier exchange is not heard
  bool fresh_ = true;
  bool heard_ = false;  // a byte of the answer came
  bool written_ = false;
  bool reusable_ = false;
};

}  // namespace iff
