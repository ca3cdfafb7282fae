#include "harness/net/event_loop.h"

#include <sys/un.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cctype>
#include <csignal>
#include <utility>

#include "harness/net/asio.h"

namespace iff {

EventLoop::EventLoop() : context_(std::make_unique<Context>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::Run() {
  context_->io.run();
  context_->io.restart();  // afterwards, not before: a Stop() that came early must hold
}

void EventLoop::Stop() { context_->io.stop(); }

bool EventLoop::Here() const { return context_->io.get_executor().running_in_this_thread(); }

void EventLoop::Post(std::function<void()> work) { asio::post(context_->io, std::move(work)); }

std::function<void()> EventLoop::After(std::chrono::milliseconds span, std::function<void()> work) {
  struct Pending {
    asio::steady_timer timer;
    std::function<void()> work;
  };
  auto pending = std::make_shared<Pending>(Pending{asio::steady_timer(context_->io, span), std::move(work)});
  pending->timer.async_wait([pending](const BoostError&) {
    // Emptied by the cancellation, also when the timer had already gone off by then.
    if (const auto due = std::exchange(pending->work, nullptr)) due();
  });
  // Weak, so that a cancellation kept beyond the loop's life finds nothing.
  return [weak = std::weak_ptr<Pending>(pending)] {
    if (const auto alive = weak.lock()) {
      alive->work = nullptr;
      alive->timer.cancel();
    }
  };
}

namespace {

void AwaitSignal(EventLoop::Context& context) {
  context.signals.async_wait([&context](const BoostError& error, int signal) {
    if (error) return;
    AwaitSignal(context);
    context.on_signal(signal);
  });
}

}  // namespace

void EventLoop::OnTermination(std::function<void(int signal)> on_signal) {
  const bool first = !context_->on_signal;
  context_->on_signal = std::move(on_signal);
  if (!first) return;
  for (const int signal : {SIGTERM, SIGINT}) {
    BoostError error;
    context_->signals.add(signal, error);
    Invariant(!error, "termination signals can be caught");
  }
  AwaitSignal(*context_);
}

std::string Reason(const BoostError& error) {
  if (error == asio::error::eof) return "connection closed";
  std::string text = error.message();
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Result<StreamEndpoint> PeerOf(const Endpoint& endpoint) {
  if (endpoint.scheme != "unix") {
    const tcp::endpoint peer = TRY(Resolve(endpoint));
    return StreamEndpoint(peer);
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.host.empty() || endpoint.host.size() >= sizeof address.sun_path) {
    return Error(ErrorKind::kInvalidInput, "unix socket " + endpoint.host + ": the path is empty or longer than " +
                                               std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  endpoint.host.copy(address.sun_path, endpoint.host.size());
  return StreamEndpoint(&address, sizeof address, 0);
}

Result<tcp::endpoint> Resolve(const Endpoint& endpoint) {
  std::string host = endpoint.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  BoostError error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, endpoint.port);
  asio::io_context io;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(endpoint.port), error);
  if (error || found.empty()) {
    return Error(ErrorKind::kUnavailable, "resolve " + endpoint.host + ": " + Reason(error));
  }
  return found.begin()->endpoint();
}

}  // namespace iff
