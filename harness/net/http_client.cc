#include <mutex>
#include <utility>
#include <vector>

#include "harness/net/client_connection.h"
#include "harness/net/http.h"

namespace iff {
namespace {

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
  return state_->Exchange(TRY(MakeOrder(state_->endpoint, request, deadline, state_->options.body_limit, state_->tls)));
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
