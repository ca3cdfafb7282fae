#include "harness/net/gate.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <future>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include "harness/net/asio.h"
#include "harness/net/gate_relay.h"

namespace iff {

struct Gate::State final : public GateRelay::Owner {
  State(HeldPort port, Endpoint to) : held(std::move(port)), component(std::move(to)) {}

  ~State() {
    loop.Stop();
    if (thread.joinable()) thread.join();
    while (!relays.empty()) relays.front()->Close(false);
  }

  Result<void> Listen();
  void Accept();
  void Obey(GateFault chosen);
  void Gone(GateRelay& relay) override { relays.erase(relay.place); }

  EventLoop loop;
  HeldPort held;  // keeps the port ours while nobody listens
  Endpoint component;
  std::optional<tcp::acceptor> acceptor = {};
  std::list<std::shared_ptr<GateRelay>> relays = {};
  std::thread thread = {};
};

Result<void> Gate::State::Listen() {
  acceptor.emplace(loop.context().io);
  BoostError error;
  acceptor->open(tcp::v4(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind({asio::ip::address_v4::loopback(), held.port()}, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    acceptor.reset();
    return Error(ErrorKind::kSystem, "listen on " + held.endpoint().Authority() + ": " + Reason(error));
  }
  Accept();
  return {};
}

void Gate::State::Accept() {
  acceptor->async_accept([this](const BoostError& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor) return;
    if (!error) {
      ++connections;
      const auto relay = std::make_shared<GateRelay>(*this, std::move(socket));
      relay->place = relays.insert(relays.end(), relay);
      relay->Obey();
    }
    Accept();
  });
}

void Gate::State::Obey(GateFault chosen) {
  fault = std::move(chosen);
  const bool answers = fault.mode == GateMode::kAnswer || fault.mode == GateMode::kTrickle;
  if (reads == GateReads::kStartups && answers) fault.aim.start_ups = true;  // there is nothing else it could answer
  aimed_at = 0;
  if (fault.mode == GateMode::kRefuse && fault.aim.everybody()) {
    acceptor.reset();
  } else if (!acceptor) {
    const Result<void> listening = Listen();
    Invariant(listening.ok(), "a port that is held can be listened on again");
  }
  for (auto next = relays.begin(); next != relays.end();) {
    const std::shared_ptr<GateRelay> relay = *next++;
    relay->Obey();
  }
}

Gate::Gate(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gate::~Gate() = default;

Result<std::unique_ptr<Gate>> Gate::Open(Endpoint component, GateReads reads) {
  HeldPort port = TRY(HeldPort::Acquire().While("open gate"));
  auto state = std::make_unique<State>(std::move(port), component);
  state->reads = reads;
  state->peer = TRY(Resolve(component).While("open gate"));
  TRY(state->Listen().While("open gate"));
  state->thread = std::thread([raw = state.get()] { raw->loop.Run(); });
  return std::unique_ptr<Gate>(new Gate(std::move(state)));
}

GateReads Gate::reads() const { return state_->reads; }

Endpoint Gate::endpoint() const {
  Endpoint endpoint = state_->held.endpoint();
  endpoint.scheme = state_->component.scheme;
  return endpoint;
}

// Returns when it is in force: what a test does next meets the fault.
void Gate::Set(GateFault fault) {
  std::promise<void> obeyed;
  state_->loop.Post([&] {
    state_->Obey(std::move(fault));
    obeyed.set_value();
  });
  obeyed.get_future().wait();
}

// As with Set: no call is under way any more when it returns.
void Gate::Watch(std::function<void(const Passage&)> watcher) {
  std::promise<void> done;
  state_->loop.Post([&] {
    state_->watcher = std::move(watcher);
    done.set_value();
  });
  done.get_future().wait();
}

Gate::Counts Gate::counts() const {
  return {.connections = state_->connections,
          .to_component = state_->to_component,
          .to_client = state_->to_client,
          .disturbed = state_->disturbed,
          .unread = state_->unread};
}

}  // namespace iff
