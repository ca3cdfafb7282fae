#include "bench/load/siege.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "bench/load/warm_stack.h"
#include "harness/core/clock.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

constexpr size_t kNeighbour = 0;
constexpr size_t kFlooding = 1;
constexpr size_t kSlow = 2;
constexpr milliseconds kLook{200};

// Jira, which takes long for one person.
class SlowJira {
 public:
  SlowJira(const WarmWorld& world, milliseconds takes) : slow_(world.people()[kSlow].authorization.Reveal()) {
    server_ = AsyncHttpServer::Start(loop_, {}, [this, &world, takes](auto request, auto responder) {
                HttpResponse answer = world.Answer(*request);
                if (!on_ || request->headers.Get("Authorization") != slow_) return responder->Send(std::move(answer));
                AnswerLater(takes, std::move(answer), responder);
              }).value();
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~SlowJira() {
    loop_.Stop();
    thread_.join();
  }
  Endpoint endpoint() const { return server_->endpoint(); }
  void BeSlow() { on_ = true; }
  int64_t most() const { return most_; }

 private:
  // Answered, or given up by the server: what comes first ends the call.
  void AnswerLater(milliseconds takes, HttpResponse answer, const std::shared_ptr<Responder>& responder) {
    most_ = std::max<int64_t>(most_, ++open_);
    const auto over = std::make_shared<bool>(false);
    const auto end = [this, over] {
      if (std::exchange(*over, true)) return false;
      --open_;
      return true;
    };
    responder->OnDisconnect([end] { (void)end(); });
    (void)loop_.After(takes, [end, responder, answer = std::move(answer)] {
      if (end()) responder->Send(answer);
    });
  }

  const std::string slow_;
  std::atomic<bool> on_ = false;
  std::atomic<int64_t> open_ = 0;
  std::atomic<int64_t> most_ = 0;
  EventLoop loop_;
  std::unique_ptr<AsyncHttpServer> server_;
  std::thread thread_;
};

// Connections of strangers, made anew whenever the server ends one: silent, with half a head, with half a small body,
// and one of sixteen with the beginning of a large one.
class Strangers {
 public:
  Strangers(const Endpoint& endpoint, int count) : sockets_(static_cast<size_t>(count), -1) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(endpoint.port);
    inet_pton(AF_INET, endpoint.host.c_str(), &address_.sin_addr);
  }
  ~Strangers() {
    for (const int socket : sockets_) Close(socket);
  }
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  // Makes anew what is gone; answers how many there were.
  int64_t Renew() {
    int64_t open = 0;
    for (size_t i = 0; i < sockets_.size(); ++i) {
      if (sockets_[i] >= 0 && StillOpen(sockets_[i])) {
        ++open;
        continue;
      }
      Close(sockets_[i]);
      sockets_[i] = Connect(Said(i));
      if (sockets_[i] >= 0) ++connected_;
    }
    return open;
  }
  int64_t connected() const { return connected_; }

 private:
  static const std::string& Said(size_t number) {
    static const std::string kHead = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
    static const std::string kSmall = kHead + "Content-Length: 12000\r\n\r\n" + std::string(8000, ' ');
    static const std::string kLarge = kHead + "Content-Length: 1000000\r\n\r\n" + std::string(20000, ' ');
    static const std::string kNothing;
    if (number % 16 == 0) return kLarge;
    return number % 3 == 0 ? kNothing : number % 3 == 1 ? kHead : kSmall;
  }
  static void Close(int socket) {
    if (socket >= 0) close(socket);
  }
  // A stranger is answered once, and then the connection ends.
  static bool StillOpen(int socket) {
    char byte = 0;
    return recv(socket, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  int Connect(const std::string& said) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return -1;
    // On loopback a connection is there at once, or waits in the kernel's queue; where that is full, it is not awaited.
    const timeval longest{.tv_sec = 0, .tv_usec = 100'000};
    (void)setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
      close(socket);
      return -1;
    }
    (void)send(socket, said.data(), said.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return socket;
  }

  sockaddr_in address_ = {};
  std::vector<int> sockets_;
  int64_t connected_ = 0;
};

LoadPlan LoadOf(const WarmStack& stack, size_t person, std::chrono::seconds duration) {
  LoadPlan load;
  load.endpoint = stack.endpoint();
  load.requests = {stack.requests()[person]};
  load.duration = duration;
  load.patience = std::chrono::seconds(30);
  return load;
}

}  // namespace

double SiegeOutcome::Ratio() const {
  return static_cast<double>(beside.samples.response.Quantile(0.99)) /
         static_cast<double>(std::max<int64_t>(1, alone.samples.response.Quantile(0.99)));
}

Result<SiegeOutcome> MeasureSiege(const SiegePlan& plan, const std::function<void(const std::string&)>& tell) {
  WarmWorld world(3, -1);
  SlowJira jira(world, plan.jira_takes);
  const auto stack = TRY(WarmStack::Start(
      world, {.program = plan.program,
              .supervisor = plan.supervisor,
              .identities = 3,
              .environment = {{"IFF_UPSTREAM_URL", jira.endpoint().Url()}, {"IFF_RATE_LIMIT", plan.budget}}}));
  SiegeOutcome outcome;
  LoadPlan neighbour = LoadOf(*stack, kNeighbour, plan.alone);
  neighbour.rate = plan.rate;
  neighbour.callers = 4;
  tell("the neighbour alone, " + std::to_string(plan.alone.count()) + " s");
  outcome.alone = TRY(Drive(neighbour));
  if (outcome.alone.failed > 0 || outcome.alone.answered == 0) {
    return Error(ErrorKind::kRefused,
                 "the neighbour alone: " +
                     (outcome.alone.problem.empty() ? std::string("no call was answered") : outcome.alone.problem));
  }

  tell("beside " + std::to_string(plan.connections) + " connections of strangers, a flood and a slow Jira, " +
       std::to_string(plan.beside.count()) + " s");
  Strangers strangers(stack->endpoint(), plan.connections);
  (void)strangers.Renew();
  std::atomic<bool> over = false;
  std::atomic<int64_t> least = plan.connections;
  std::thread looking([&] {
    while (!over) {
      least = std::min<int64_t>(least, strangers.Renew());
      (void)Eventually(Deadline::In(kLook), [&]() -> Result<bool> { return over.load(); });
    }
  });
  jira.BeSlow();
  const auto others = [&](size_t person, int callers, double rate) {
    LoadPlan load = LoadOf(*stack, person, plan.beside);
    load.callers = callers;
    load.rate = rate;
    load.patience = std::chrono::seconds(1);
    return std::async(std::launch::async, [load] { return Drive(load); });
  };
  std::future<Result<LoadOutcome>> flooding = others(kFlooding, 8, 0);
  std::future<Result<LoadOutcome>> slow = others(kSlow, 400, plan.slow_rate);
  neighbour.duration = plan.beside;
  const Result<LoadOutcome> beside = Drive(neighbour);
  const Result<LoadOutcome> flooded = flooding.get();
  const Result<LoadOutcome> slowed = slow.get();
  over = true;
  looking.join();
  outcome.beside = TRY(beside);
  outcome.flooded = TRY(flooded).answered;
  outcome.flood_refused = flooded->failed;
  (void)TRY(slowed);
  outcome.most_at_jira = jira.most();
  outcome.connected = strangers.connected();
  outcome.least_open = least;
  outcome.largest = MemoryOf(stack->pid()).peak;
  return outcome;
}

}  // namespace iff
