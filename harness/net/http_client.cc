#include <mutex>
#include <utility>
#include <vector>

#include "harness/net/client_connection.h"
#include "harness/net/http.h"

namespace iff {
namespace {

// How long an answer that nobody asked for is awaited. Whoever finds a request in what is left over has read it
// already.
constexpr std::chrono::milliseconds kUnasked{300};
constexpr int kMostUnasked = 4;

// A connection with a loop of its own, which its current user turns.
struct Line {
  asio::io_context io{1};
  std::shared_ptr<ClientConnection> connection = std::make_shared<ClientConnection>(io);
};

}  // namespace

struct HttpClient::State {
  State(Endpoint to, HttpClientOptions chosen)
      : endpoint(std::move(to)), options(std::move(chosen)), tls(TlsTo(endpoint, options.tls)) {}

  // A kept connection that still looks alive, or nullptr.
  std::unique_ptr<Line> TakeKept() {
    const std::lock_guard lock(mutex);
    while (!idle.empty()) {
      std::unique_ptr<Line> line = std::move(idle.back());
      idle.pop_back();
      if (!line->connection->Stale()) return line;
    }
    return nullptr;
  }

  void Keep(std::unique_ptr<Line> line) {
    if (!line->connection->reusable()) return;
    const std::lock_guard lock(mutex);
    if (idle.size() < options.max_idle) idle.push_back(std::move(line));
  }

  Result<HttpResponse> Exchange(std::shared_ptr<const Order> order) {
    std::unique_ptr<Line> line = TakeKept();
    while (true) {
      if (line == nullptr) line = std::make_unique<Line>();
      ClientConnection::Outcome outcome;
      line->connection->Start(order, [&](ClientConnection::Outcome seen) { outcome = std::move(seen); });
      line->io.restart();
      line->io.run();  // until done: the order's deadline ends it at the latest
      if (outcome.try_again) {
        line = nullptr;
        continue;
      }
      Keep(std::move(line));
      return std::move(outcome.answer);
    }
  }

  Result<HttpResponse> ExchangeAlone(const std::shared_ptr<const Order>& order) {
    Line line;
    const auto exchange = [&](std::shared_ptr<const Order> each) {
      Result<HttpResponse> answer = Error(ErrorKind::kInternal, "no answer");
      line.connection->Start(std::move(each), [&](ClientConnection::Outcome seen) { answer = std::move(seen.answer); });
      line.io.restart();
      line.io.run();
      return answer;
    };
    HttpResponse answer = TRY(exchange(order));
    // A peer that keeps the connection may find more requests in what it was sent.
    Order nothing = *order;
    nothing.wire.clear();
    for (int i = 0; i < kMostUnasked && line.connection->reusable(); ++i) {
      nothing.deadline = Deadline(std::min(order->deadline.at(), Deadline::In(kUnasked).at()));
      const Result<HttpResponse> unasked = exchange(std::make_shared<const Order>(nothing));
      if (!unasked.ok()) break;
      answer.body += unasked->body;
    }
    return answer;
  }

  Endpoint endpoint;
  HttpClientOptions options;
  const ClientTls tls;
  std::mutex mutex = {};
  std::vector<std::unique_ptr<Line>> idle = {};
};

HttpClient::HttpClient(Endpoint endpoint, HttpClientOptions options)
    : state_(std::make_unique<State>(std::move(endpoint), std::move(options))) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::Send(const HttpRequest& request, Deadline deadline) {
  auto order = TRY(MakeOrder(state_->endpoint, request, deadline, state_->options.body_limit, state_->tls));
  return order->alone ? state_->ExchangeAlone(order) : state_->Exchange(std::move(order));
}

Result<HttpResponse> HttpClient::Stream(const HttpRequest& request, Deadline deadline,
                                        const std::function<bool(std::string_view)>& on_chunk) {
  const auto order = TRY(MakeOrder(state_->endpoint, request, deadline, state_->options.body_limit, state_->tls));
  Order streamed = *order;
  streamed.on_chunk = on_chunk;
  return state_->Exchange(std::make_shared<const Order>(std::move(streamed)));
}

const Endpoint& HttpClient::endpoint() const { return state_->endpoint; }

}  // namespace iff
