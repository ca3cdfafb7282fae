#include <algorithm>
#include <list>
#include <map>
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
    std::string who = {};
    Done done = {};
    asio::steady_timer timer;
  };

  State(EventLoop& loop, Endpoint to, AsyncHttpClientOptions chosen)
      : io(loop.context().io), endpoint(std::move(to)), options(std::move(chosen)), tls(TlsTo(endpoint, options.tls)) {}

  void Send(std::shared_ptr<const Order> order, std::string who, Done done) {
    if (MayRun(who)) return Run(TakeKept(), std::move(order), std::move(who), std::move(done));
    const auto waiter = std::make_shared<Waiter>(io);
    waiter->order = std::move(order);
    waiter->who = std::move(who);
    waiter->done = std::move(done);
    waiter->timer.expires_at(waiter->order->deadline.at());
    waiter->timer.async_wait([self = shared_from_this(), waiter](const BoostError& error) {
      if (error || !waiter->done) return;
      self->waiting.remove(waiter);
      const Done late = std::exchange(waiter->done, nullptr);
      late(Error(ErrorKind::kTimeout, waiter->order->title + ": no free connection in time"));
    });
    waiting.push_back(waiter);
  }

  size_t BusyFor(const std::string& who) const {
    const auto found = busy_for.find(who);
    return found == busy_for.end() ? 0 : found->second;
  }
  bool MayRun(const std::string& who) const {
    if (busy >= options.max_connections) return false;
    return who.empty() || BusyFor(who) < std::max<size_t>(1, options.max_connections / 2);
  }

  std::shared_ptr<ClientConnection> TakeKept() {
    while (!idle.empty()) {
      const std::shared_ptr<ClientConnection> kept = std::move(idle.back());
      idle.pop_back();
      if (!kept->Stale()) return kept;
    }
    return std::make_shared<ClientConnection>(io);
  }

  void Run(std::shared_ptr<ClientConnection> connection, std::shared_ptr<const Order> order, std::string who,
           Done done) {
    ++busy;
    ++busy_for[who];
    // Not the connection itself: it holds this function until it is done.
    connection->Start(order, [self = shared_from_this(), raw = connection.get(), order, who = std::move(who),
                              done = std::move(done)](ClientConnection::Outcome outcome) {
      --self->busy;
      if (--self->busy_for[who] == 0) self->busy_for.erase(who);
      if (outcome.try_again) return self->Run(std::make_shared<ClientConnection>(self->io), order, who, done);
      if (raw->reusable() && self->idle.size() < self->options.max_idle) {
        self->idle.push_back(raw->shared_from_this());
      }
      self->RunNext();
      done(std::move(outcome.answer));
    });
  }

  void RunNext() {
    // Of those who have fewest, who came first.
    auto fewest = waiting.end();
    for (auto at = waiting.begin(); at != waiting.end(); ++at) {
      if (!MayRun((*at)->who)) continue;
      if (fewest == waiting.end() || BusyFor((*at)->who) < BusyFor((*fewest)->who)) fewest = at;
    }
    if (fewest == waiting.end()) return;
    const std::shared_ptr<Waiter> next = *fewest;
    waiting.erase(fewest);
    next->timer.cancel();
    Run(TakeKept(), next->order, next->who, std::exchange(next->done, nullptr));
  }

  asio::io_context& io;
  Endpoint endpoint;
  AsyncHttpClientOptions options;
  const ClientTls tls;
  size_t busy = 0;
  std::vector<std::shared_ptr<ClientConnection>> idle = {};
  std::map<std::string, size_t> busy_for = {};  // of `busy`, by whom it is for
  std::list<std::shared_ptr<Waiter>> waiting = {};
};

AsyncHttpClient::AsyncHttpClient(EventLoop& loop, Endpoint endpoint, AsyncHttpClientOptions options)
    : state_(std::make_shared<State>(loop, std::move(endpoint), std::move(options))) {}
AsyncHttpClient::~AsyncHttpClient() = default;

// The state outlives this object within the coroutine; named objects because of the compiler.
Task<Result<HttpResponse>> AsyncHttpClient::Send(HttpRequest request, Deadline deadline, std::string who) {
  const std::shared_ptr<State> state = state_;
  Result<std::shared_ptr<const Order>> order =
      MakeOrder(state->endpoint, request, deadline, state->options.body_limit, state->tls);
  if (!order.ok()) co_return Result<HttpResponse>(order.error());
  Await<Result<HttpResponse>>::Start start = [&](State::Done done) {
    state->Send(*order, std::move(who), std::move(done));
  };
  Await<Result<HttpResponse>> answer(std::move(start));
  co_return co_await answer;
}

const Endpoint& AsyncHttpClient::endpoint() const { return state_->endpoint; }

}  // namespace iff
