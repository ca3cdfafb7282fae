#include "harness/container/keep_container.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include "harness/container/engine.h"
#include "harness/launch/descriptor.h"
#include "harness/launch/run_directory.h"

namespace iff {
namespace {

// A container may run for as long as somebody uses the environment.
constexpr std::chrono::hours kLongest(24 * 7);
// All its output is there once it has ended; an engine that does not close the stream is not waited for.
constexpr std::chrono::seconds kDrain(3);

void WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
    if (written < 0 && errno != EINTR) return;  // whoever read it is gone
  }
}

// Signals that are passed on to the container; read from a descriptor.
int TakeOverSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

class StandIn {
 public:
  explicit StandIn(const ContainerOrder& order) : order_(order), engine_(order.engine), signals_(TakeOverSignals()) {}

  int Run() {
    const Result<void> started = Begin();
    if (!started.ok()) {
      Tell(started.error().message());
      if (!id_.empty()) (void)engine_.Remove(id_);
      return kNotStarted;
    }
    std::thread waiter([this] { AwaitEnd(); });
    Relay();
    const std::optional<ContainerState> state = AtEnd();
    waiter.join();
    const Result<void> removed = engine_.Remove(id_);
    if (!removed.ok()) std::fprintf(stderr, "iff: %s\n", removed.error().message().c_str());
    return Ending(state);
  }

 private:
  Result<void> Begin() {
    id_ = TRY(engine_.Create(order_.name, order_.body));
    UpgradedStream stream = TRY(engine_.Attach(id_, order_.input));
    stream_.emplace(std::move(stream));
    TRY(engine_.Start(id_));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
    ended_ = Descriptor(ends[0]);
    tell_ended_ = Descriptor(ends[1]);
    return {};
  }

  // Once to the log, and as one line to the launcher.
  void Tell(const std::string& why) const {
    std::fprintf(stderr, "iff: %s\n", why.c_str());
    std::ofstream file(order_.failure_file);
    std::string line = why;
    for (char& c : line) c = c == '\n' ? ' ' : c;
    file << line << '\n';
  }

  // On a thread and connection of its own.
  void AwaitEnd() {
    Engine engine(order_.engine);
    const Result<int> code = engine.Wait(id_, Deadline::In(kLongest));
    code_ = code.ok() ? *code : -1;
    tell_ended_.Close();
  }

  void Relay() {
    bool open = true;
    bool input = order_.input;
    while (!ended_seen_ || open) {
      pollfd watched[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                          {.fd = ended_seen_ ? -1 : ended_.get(), .events = POLLIN, .revents = 0},
                          {.fd = open ? stream_->descriptor() : -1, .events = POLLIN, .revents = 0},
                          {.fd = input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
      poll(watched, 4, stream_->has_ahead() ? 0 : PollTimeout());
      PassSignals();
      if (open) open = PassOutput();
      if (input && watched[3].revents != 0) input = PassInput();
      if (!ended_seen_ && watched[1].revents != 0) {
        ended_seen_ = true;
        give_up_ = Deadline::In(kDrain);
      }
      if (ended_seen_ && give_up_->Passed()) return;
      if (!ended_seen_ && kill_at_ && kill_at_->Passed()) {
        kill_at_.reset();
        (void)engine_.Signal(id_, SIGKILL);
      }
    }
  }

  int PollTimeout() const {
    const std::optional<Deadline>& next = ended_seen_ ? give_up_ : kill_at_;
    return next ? static_cast<int>(next->Left().count()) + 1 : -1;
  }

  void PassSignals() {
    signalfd_siginfo taken{};
    while (read(signals_, &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken)) {
      const int number = static_cast<int>(taken.ssi_signo);
      (void)engine_.Signal(id_, number);
      if (number == order_.stop_signal && !kill_at_) kill_at_ = Deadline::In(order_.stop_within);
    }
  }

  bool PassOutput() {
    const Result<std::string> read = stream_->Read();
    if (!read.ok()) return false;
    demultiplexer_.Feed(*read, [this](int stream, std::string_view bytes) {
      WriteAll(stream == 2 ? STDERR_FILENO : STDOUT_FILENO, bytes);
    });
    return true;
  }

  bool PassInput() {
    char block[65536];
    const ssize_t size = read(STDIN_FILENO, block, sizeof block);
    if (size < 0 && errno == EINTR) return true;
    if (size <= 0) {
      stream_->CloseWriting();
      return false;
    }
    return stream_->Write({block, static_cast<size_t>(size)}, Deadline::In(std::chrono::seconds(30))).ok();
  }

  std::optional<ContainerState> AtEnd() {
    Result<ContainerState> state = engine_.Inspect(id_);
    if (!state.ok()) return std::nullopt;
    return std::move(state).value();
  }

  int Ending(const std::optional<ContainerState>& state) const {
    if (state && state->out_of_memory) {
      std::fprintf(stderr, "iff: container %s was killed by the kernel: out of memory, its limit is %lld MiB\n",
                   order_.name.c_str(), static_cast<long long>(state->memory_limit >> 20));
    }
    const int code = code_ >= 0 ? code_.load() : (state ? state->exit_code : kNotStarted);
    if (code <= 128 || code > 128 + 64) return code;
    // As it ended, so do we: whoever looks is told of the same signal.
    prctl(PR_SET_DUMPABLE, 0);
    const int number = code - 128;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    raise(number);
    return code;
  }

  const ContainerOrder& order_;
  Engine engine_;
  const int signals_;
  std::string id_;
  std::optional<UpgradedStream> stream_;
  Demultiplexer demultiplexer_;
  Descriptor ended_;
  Descriptor tell_ended_;
  std::atomic<int> code_ = -1;
  bool ended_seen_ = false;
  std::optional<Deadline> kill_at_ = {};
  std::optional<Deadline> give_up_ = {};
};

// Time for the stand-ins to do it themselves, once nobody holds the other end of our standard input.
constexpr std::chrono::milliseconds kStandInsGrace(2500);
// For an engine that is very busy.
constexpr std::chrono::minutes kKeeperPatience(2);

void AwaitEndOfInput() {
  char byte = 0;
  while (true) {
    const ssize_t size = read(STDIN_FILENO, &byte, 1);
    if (size == 0 || (size < 0 && errno != EINTR)) return;
  }
}

}  // namespace

int RunContainer(const ContainerOrder& order) { return StandIn(order).Run(); }

int KeepContainers(const Endpoint& address, const std::string& run) {
  // Those who end us with the terminal or the session are not to keep us from our work.
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) signal(number, SIG_IGN);
  AwaitEndOfInput();
  Engine engine(address);
  const EngineLabels label = {{kRunLabel, run}};
  const Deadline gentle = Deadline::In(kStandInsGrace);
  // Until the run is over no stand-in can be half way through creating another one.
  const auto clean = [&]() -> Result<bool> {
    const bool over = access(run.c_str(), F_OK) != 0 || IsAbandonedRun(run);
    const Result<std::vector<ContainerSummary>> left = engine.List(label);
    if (!left.ok()) return Error(ErrorKind::kUnavailable, left.error().message());
    if (left->empty() && over) return true;
    if (!over && !gentle.Passed()) return false;
    for (const ContainerSummary& container : *left) (void)engine.Remove(container.id);
    return false;
  };
  const Result<void> cleaned = Eventually(Deadline::In(kKeeperPatience), clean);
  if (!cleaned.ok()) return 1;
  bool left = false;
  const Result<std::vector<NamedThing>> networks = engine.ListNetworks(label);
  const Result<std::vector<NamedThing>> volumes = engine.ListVolumes(label);
  if (!networks.ok() || !volumes.ok()) return 1;
  for (const NamedThing& network : *networks) left = !engine.RemoveNetwork(network.name).ok() || left;
  for (const NamedThing& volume : *volumes) left = !engine.RemoveVolume(volume.name).ok() || left;
  return left ? 1 : 0;
}

}  // namespace iff
