#include <deque>
#include <utility>
#include <vector>

#include "harness/net/client_connection.h"
#include "harness/net/http_async.h"

namespace iff {

struct AsyncHttpClient::State : public std::enable_shared_from_this<AsyncHttpClient::State> {
  using Done = std::function<void(Result<HttpResponse>)>;
  struct Waiter {
    explicit Waiter(asio::io_context& io) : timer(io) {}
    std::shared_ptr<const Order> order = {};
    Done done = {};
    asio::steady_timer timer;
  };

  State(EventLoop& loop, Endpoint to, AsyncHttpClientOptions chosen)
      : io(loop.context().io), endpoint(std::move(to)), options(std::move(chosen)), tls(TlsTo(endpoint, options.tls)) {}

  void Send(std::shared_ptr<const Order> order, Done done) {
    if (busy < options.max_connections) return Run(TakeKept(), std::move(order), std::move(done));
    const auto waiter = std::make_shared<Waiter>(io);
    waiter->order = std::move(order);
    waiter->done = std::move(done);
    waiter->timer.expires_at(waiter->order->deadline.at());
    waiter->timer.async_wait([self = shared_from_this(), waiter](const BoostError& error) {
      if (error || !waiter->done) return;
      std::erase(self->waiting, waiter);
      const Done late = std::exchange(waiter->done, nullptr);
      late(Error(ErrorKind::kTimeout, waiter->order->title + ": no free connection in time"));
    });
    waiting.push_back(waiter);
  }

  std::shared_ptr<ClientConnection> TakeKept() {
    while (!idle.empty()) {
      const std::shared_ptr<ClientConnection> kept = std::move(idle.back());
      idle.pop_back();
      if (!kept->Stale()) return kept;
    }
    return std::make_shared<ClientConnection>(io);
  }

  void Run(std::shared_ptr<ClientConnection> connection, std::shared_ptr<const Order> order, Done done) {
    ++busy;
    // Not the connection itself: it holds this function until it is done.
    connection->Start(order, [self = shared_from_this(), raw = connection.get(), order,
                              done = std::move(done)](ClientConnection::Outcome outcome) {
      --self->busy;
      if (outcome.try_again) return self->Run(std::make_shared<ClientConnection>(self->io), order, done);
      if (raw->reusable() && self->idle.size() < self->options.max_idle) {
        self->idle.push_back(raw->shared_from_this());
      }
      self->RunNext();
      done(std::move(outcome.answer));
    });
  }

  void RunNext() {
    if (waiting.empty() || busy >= options.max_connections) return;
    const std::shared_ptr<Waiter> next = waiting.front();
    waiting.pop_front();
    next->timer.cancel();
    Run(TakeKept(), next->order, std::exchange(next->done, nullptr));
  }

  asio::io_context& io;
  Endpoint endpoint;
  AsyncHttpClientOptions options;
  const ClientTls tls;
  size_t busy = 0;
  std::vector<std::shared_ptr<ClientConnection>> idle = {};
  std::deque<std::shared_ptr<Waiter>> waiting = {};
};

AsyncHttpClient::AsyncHttpClient(EventLoop& loop, Endpoint endpoint, AsyncHttpClientOptions options)
    : state_(std::make_shared<State>(loop, std::move(endpoint), std::move(options))) {}
AsyncHttpClient::~AsyncHttpClient() = default;

// The state outlives this object within the coroutine; named objects because of the compiler.
Task<Result<HttpResponse>> AsyncHttpClient::Send(HttpRequest request, Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  Result<std::shared_ptr<const Order>> order =
      MakeOrder(state->endpoint, request, deadline, state->options.body_limit, state->tls);
  if (!order.ok()) co_return Result<HttpResponse>(order.error());
  Await<Result<HttpResponse>>::Start start = [&](State::Done done) { state->Send(*order, std::move(done)); };
  Await<Result<HttpResponse>> answer(std::move(start));
  co_return co_await answer;
}

const Endpoint& AsyncHttpClient::endpoint() const { return state_->endpoint; }

}  // namespace iff
