#include "bench/load/driver.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "bench/load/wire.h"

namespace iff {
namespace {

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Caller {
  int descriptor = -1;
  ResponseFramer framer = {};
  bool busy = false;
  int64_t due = 0;
  int64_t sent = 0;
};

Result<int> ConnectTo(const Endpoint& endpoint) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return Error(ErrorKind::kInvalidInput,
                 "connect to " + endpoint.Authority() + ": load is offered to IPv4 addresses");
  }
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return SystemError("make a socket", errno);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    close(descriptor);
    return Error(ErrorKind::kUnavailable,
                 "connect to " + endpoint.Authority() + ": " + SystemError("connect", why).message());
  }
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

// Ahead of whatever else wants this core, such as a stand-in behind the server: an arrival that is noticed late says
// something about the driver only. Needs root; without it the rows say how late they were.
class Preferred {
 public:
  Preferred() : thread_(static_cast<id_t>(gettid())), before_(getpriority(PRIO_PROCESS, thread_)) {
    (void)setpriority(PRIO_PROCESS, thread_, kNice);
  }
  ~Preferred() { (void)setpriority(PRIO_PROCESS, thread_, before_); }
  Preferred(const Preferred&) = delete;
  Preferred& operator=(const Preferred&) = delete;

 private:
  static constexpr int kNice = -10;
  id_t thread_;
  int before_;
};

class Driver {
 public:
  explicit Driver(const LoadPlan& plan) : plan_(plan), callers_(static_cast<size_t>(std::max(1, plan.callers))) {}
  ~Driver() {
    for (const Caller& caller : callers_) {
      if (caller.descriptor >= 0) close(caller.descriptor);
    }
    if (poll_ >= 0) close(poll_);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  Result<LoadOutcome> Run() {
    Invariant(!plan_.requests.empty(), "there is something to send");
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    if (poll_ < 0) return SystemError("make an epoll", errno);
    for (Caller& caller : callers_) TRY(Connect(caller));
    for (Caller& caller : callers_) idle_.push_back(&caller);

    const int64_t start = Now();
    begin_ = start + std::chrono::nanoseconds(plan_.warm_up).count();
    end_ = begin_ + std::chrono::nanoseconds(plan_.duration).count();
    last_ = end_ + std::chrono::nanoseconds(plan_.patience).count();
    if (plan_.rate > 0) warm_pacing_ = std::make_unique<Pacing>(plan_.rate, start, begin_);
    if (plan_.rate > 0) pacing_ = std::make_unique<Pacing>(plan_.rate, begin_, end_);
    const ProcessorTime server_before = ProcessorTimeOf(plan_.server_pid);
    const double driver_before = ThreadSeconds();
    for (size_t worked = worked_; Step(); worked = worked_) Account(worked != worked_);
    const double took = static_cast<double>(Now() - start) / 1e9;
    outcome_.memory = MemoryOf(plan_.server_pid);
    return Sum(took, ThreadSeconds() - driver_before - in_vain_,
               ProcessorTimeOf(plan_.server_pid).seconds - server_before.seconds, server_before.known);
  }

 private:
  Result<void> Connect(Caller& caller) {
    caller.descriptor = TRY(ConnectTo(plan_.endpoint));
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.ptr = &caller;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, caller.descriptor, &event) != 0) return SystemError("watch a socket", errno);
    return {};
  }

  // What a driver that is awake spends between two steps in which there was nothing to do.
  void Account(bool worked) {
    if (!plan_.awake) return;
    const double now = worked ? -1 : ThreadSeconds();
    if (!worked && idle_since_ >= 0) in_vain_ += now - idle_since_;
    idle_since_ = now;
  }

  // False when it is over.
  bool Step() {
    const int64_t now = Now();
    if (now >= last_) {
      for (Caller& caller : callers_) {
        if (caller.busy) Censor(caller.due, now);
      }
      // Nobody served them; they count as having waited until now.
      while (pacing_ && pacing_->waiting()) Censor(pacing_->Take(), now);
      return false;
    }
    if (pacing_) {
      warm_pacing_->Notice(now);
      pacing_->Notice(now);
      while (!idle_.empty() && (warm_pacing_->waiting() || pacing_->waiting())) {
        Pacing& from = warm_pacing_->waiting() ? *warm_pacing_ : *pacing_;
        Send(*TakeIdle(), from.Take());
      }
    } else {
      while (!idle_.empty() && now < end_) Send(*TakeIdle(), 0);
    }
    if (now >= end_ && busy_ == 0 && (!pacing_ || !pacing_->waiting())) return false;
    Wait(now);
    return broken_in_a_row_ < 1000;
  }

  Caller* TakeIdle() {
    Caller* const caller = idle_.front();
    idle_.pop_front();
    return caller;
  }

  // `due` 0: now.
  void Send(Caller& caller, int64_t due) {
    const std::string& request = plan_.requests[next_++ % plan_.requests.size()];
    caller.sent = Now();
    caller.due = due == 0 ? caller.sent : due;
    caller.busy = true;
    ++busy_;
    ++worked_;
    caller.framer.Reset();
    std::string_view rest = request;
    while (!rest.empty()) {
      const ssize_t wrote = send(caller.descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return Lost(caller, SystemError("send", errno).message());
      rest.remove_prefix(static_cast<size_t>(wrote));
    }
  }

  void Wait(int64_t now) {
    int64_t until = std::min(last_, now < end_ ? end_ : last_);
    if (pacing_) until = std::min({until, warm_pacing_->NextDue(), pacing_->NextDue()});
    const int64_t left = plan_.awake ? 0 : std::max<int64_t>(0, until - Now());
    timespec span = {};
    span.tv_sec = left / 1'000'000'000;
    span.tv_nsec = left % 1'000'000'000;
    epoll_event events[64];
    int count = epoll_pwait2(poll_, events, 64, &span, nullptr);
    if (count < 0 && errno == ENOSYS) count = epoll_wait(poll_, events, 64, static_cast<int>(left / 1'000'000));
    if (count > 0) worked_ += static_cast<size_t>(count);
    for (int i = 0; i < count; ++i) Receive(*static_cast<Caller*>(events[i].data.ptr));
  }

  void Receive(Caller& caller) {
    const ssize_t size = recv(caller.descriptor, buffer_, sizeof buffer_, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size > 0) {
      const std::string_view bytes(buffer_, static_cast<size_t>(size));
      if (!caller.busy) return Lost(caller, "an answer nobody asked for");
      const size_t taken = caller.framer.Feed(bytes);
      if (caller.framer.broken()) return Lost(caller, "the answer is not HTTP");
      if (!caller.framer.done()) return;
      if (taken < bytes.size()) return Lost(caller, "more than one answer to a request");
      return Answered(caller);
    }
    if (size == 0 && caller.busy) {
      caller.framer.FeedEnd();
      if (caller.framer.done()) return Answered(caller);
    }
    Lost(caller, size == 0 ? "the server closed the connection" : SystemError("receive", errno).message());
  }

  void Answered(Caller& caller) {
    const int64_t now = Now();
    const bool good =
        caller.framer.status() == 200 && caller.framer.body().find(plan_.must_contain) != std::string::npos &&
        (plan_.must_not_contain.empty() || caller.framer.body().find(plan_.must_not_contain) == std::string::npos);
    caller.busy = false;
    --busy_;
    broken_in_a_row_ = 0;
    const bool counts = caller.due >= begin_ && caller.due < end_;
    if (counts && good) {
      ++outcome_.answered;
      if (now <= end_) ++in_time_;
      answer_bytes_ += caller.framer.body().size();
      outcome_.samples.Record(caller.due, caller.sent, now, begin_);
    } else if (!good) {
      Failed("status " + std::to_string(caller.framer.status()) + ": " + caller.framer.body().substr(0, 200));
    }
    ++all_;
    if (!caller.framer.keep_alive()) return Again(caller);
    idle_.push_back(&caller);
  }

  void Lost(Caller& caller, const std::string& why) {
    if (caller.busy) {
      caller.busy = false;
      --busy_;
      Failed(why);
      ++broken_in_a_row_;
      return Again(caller);
    }
    // Closed while idle, which a server may do: it is opened anew before it is used.
    std::erase(idle_, &caller);
    Again(caller);
  }

  void Again(Caller& caller) {
    close(caller.descriptor);
    caller.descriptor = -1;
    if (const Result<void> connected = Connect(caller); !connected.ok()) {
      Failed(connected.error().message());
      broken_in_a_row_ = 1000;  // nobody listens any more
      return;
    }
    idle_.push_back(&caller);
  }

  void Failed(const std::string& why) {
    ++outcome_.failed;
    if (outcome_.problem.empty()) outcome_.problem = why;
  }

  void Censor(int64_t due, int64_t now) {
    Failed("not answered in time");
    if (due >= begin_ && due < end_) outcome_.samples.Record(due, due, now, begin_);
  }

  LoadOutcome Sum(double took, double driver_seconds, double server_seconds, bool server_known) {
    LoadOutcome outcome = std::move(outcome_);
    const double span = static_cast<double>(end_ - begin_) / 1e9;
    outcome.achieved = static_cast<double>(in_time_) / span;
    outcome.offered = pacing_ ? static_cast<double>(pacing_->arrived()) / span : outcome.achieved;
    if (pacing_ && pacing_->arrived() > 0) {
      outcome.late_share = static_cast<double>(pacing_->late()) / static_cast<double>(pacing_->arrived());
    }
    outcome.driver_busy = driver_seconds / took;
    if (outcome.answered > 0)
      outcome.answer_bytes = static_cast<double>(answer_bytes_) / static_cast<double>(outcome.answered);
    if (server_known && all_ > 0) {
      outcome.server_us = server_seconds * 1e6 / static_cast<double>(all_);
      outcome.server_busy = server_seconds / took;
    }
    return outcome;
  }

  const LoadPlan& plan_;
  std::vector<Caller> callers_;
  std::deque<Caller*> idle_ = {};
  std::unique_ptr<Pacing> warm_pacing_ = {};
  std::unique_ptr<Pacing> pacing_ = {};
  LoadOutcome outcome_ = {};
  int poll_ = -1;
  size_t next_ = 0;
  size_t busy_ = 0;
  int64_t all_ = 0;      // answers, those of the warm-up too
  int64_t in_time_ = 0;  // answers within the counted time
  size_t answer_bytes_ = 0;
  size_t worked_ = 0;       // sends and answers
  double in_vain_ = 0;      // processor seconds in which there was neither
  double idle_since_ = -1;  // processor time at the end of the last such step; -1: there was something to do
  int broken_in_a_row_ = 0;
  int64_t begin_ = 0;
  int64_t end_ = 0;
  int64_t last_ = 0;
  char buffer_[size_t{64} << 10];
};

}  // namespace

std::string LoadOutcome::Invalid() const {
  if (answered == 0) return "nothing was answered";
  char text[120];
  if (late_share > 0.01) {
    std::snprintf(text, sizeof text, "the driver sent %.1f %% late", late_share * 100);
    return text;
  }
  // A driver that waits for the kernel's every word while the server idles is what was measured.
  if (driver_busy > 0.97 && server_busy > 0 && server_busy < 0.9) {
    std::snprintf(text, sizeof text, "the driver was busy %.0f %%, the server %.0f %%", driver_busy * 100,
                  server_busy * 100);
    return text;
  }
  return "";
}

Result<LoadOutcome> Drive(const LoadPlan& plan) {
  const Pinned pinned(0, plan.core);
  const Preferred preferred;
  prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
  const auto driver = std::make_unique<Driver>(plan);
  return driver->Run();
}

}  // namespace iff
