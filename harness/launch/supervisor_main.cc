// iff-supervisor BASE-DIRECTORY: started by the launcher with one end of a socket as descriptor 3.
//
// Makes the run directory, forks a keeper for every service asked for, and once the launcher is gone,
// however it went, sees that every service ends, removes the run directory and ends itself.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "harness/launch/keeper.h"
#include "harness/launch/proc.h"
#include "harness/launch/wire.h"

namespace iff {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Beyond what the keepers need to stop their services on their own.
constexpr milliseconds kKeepersGrace = kAbandonedGrace + std::chrono::seconds(1);

// The directory with the file `supervisor` in it, or a failure to report.
wire::Note MakeRunDirectory(const std::string& base) {
  const auto failed = [](std::string operation) {
    return wire::Note{.kind = wire::Kind::kFailed, .number = errno, .text = std::move(operation)};
  };
  char resolved[PATH_MAX];
  // Without links, as /proc will show it.
  if (realpath(base.c_str(), resolved) == nullptr) return failed("make a run directory in " + base);
  std::string directory = std::string(resolved) + "/iff-run-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return failed("make a run directory in " + base);

  const auto abandoned = [&](std::string operation) {
    wire::Note note = failed(std::move(operation));
    RemoveTree(directory);
    return note;
  };
  if (chmod(directory.c_str(), 0711) != 0) return abandoned("open up " + directory);
  const std::string path = directory + "/supervisor";
  const std::string text = std::to_string(getpid()) + " " + std::to_string(StartTime(getpid()).value_or(0)) + "\n";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return abandoned("create " + path);
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written) return abandoned("write " + path);
  close(file);
  return {.kind = wire::Kind::kReady, .number = getpid(), .text = directory};
}

class Supervisor {
 public:
  Supervisor(int signals, std::string run_directory) : signals_(signals), run_directory_(std::move(run_directory)) {}

  int Run() {
    while (!leave_at_.has_value() || (!keepers_.empty() && SteadyClock::now() < *leave_at_)) {
      pollfd watched[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                          {.fd = leave_at_ ? -1 : wire::kControl, .events = POLLIN, .revents = 0}};
      poll(watched, 2, PollTimeout());
      if (TakeSignals(signals_)) BeginLeave();
      while (!leave_at_ && TakeOrder()) {
      }
      Reap();
    }
    if (!KillDescendants(signals_, std::chrono::seconds(30))) {
      std::fprintf(stderr, "iff-supervisor: some processes could not be killed\n");
    }
    if (const std::error_code failed = RemoveTree(run_directory_)) {
      std::fprintf(stderr, "iff-supervisor: remove %s: %s\n", run_directory_.c_str(), failed.message().c_str());
      return 1;
    }
    return 0;
  }

 private:
  int PollTimeout() const {
    if (!leave_at_) return -1;
    const auto left = std::chrono::ceil<milliseconds>(*leave_at_ - SteadyClock::now());
    return static_cast<int>(std::max<int64_t>(left.count(), 0));
  }

  void BeginLeave() {
    if (leave_at_) return;
    leave_at_ = SteadyClock::now() + kKeepersGrace;
    for (const pid_t keeper : keepers_) kill(keeper, SIGTERM);
  }

  // False when there is none to take.
  bool TakeOrder() {
    const wire::Packet packet = wire::Receive(wire::kControl);
    if (packet.state == wire::Packet::State::kNothingYet) return false;
    if (packet.state == wire::Packet::State::kClosed) {
      BeginLeave();
      return false;
    }
    Obey(packet);
    for (const int descriptor : packet.descriptors) close(descriptor);
    return true;
  }

  void Obey(const wire::Packet& packet) {
    const std::optional<wire::Spawn> order = wire::DecodeSpawn(packet.bytes);
    if (!order || packet.descriptors.size() != (order->pipes ? 4U : 2U)) {
      // Out of descriptors, most likely; the one who asked sees the socket close.
      std::fprintf(stderr, "iff-supervisor: dropped an order with %zu descriptors\n", packet.descriptors.size());
      return;
    }
    const pid_t keeper = StartKeeper(*order, packet.descriptors, signals_);
    if (keeper > 0) {
      keepers_.push_back(keeper);
      return;
    }
    wire::Send(packet.descriptors.front(),
               wire::Encode(wire::Note{.kind = wire::Kind::kFailed, .number = errno, .text = "fork"}));
  }

  void Reap() {
    bool lost_one = false;
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
      const auto keeper = std::find(keepers_.begin(), keepers_.end(), pid);
      if (keeper == keepers_.end()) continue;
      keepers_.erase(keeper);
      lost_one = lost_one || WIFSIGNALED(status);
    }
    if (lost_one) KillOrphans();
  }

  // A keeper that was killed leaves us what its service had left to it.
  void KillOrphans() const {
    for (const pid_t child : Children(getpid())) {
      if (std::find(keepers_.begin(), keepers_.end(), child) != keepers_.end()) continue;
      for (const pid_t pid : Descendants(child)) kill(pid, SIGKILL);
      kill(child, SIGKILL);
    }
  }

  const int signals_;
  const std::string run_directory_;
  std::vector<pid_t> keepers_ = {};
  std::optional<SteadyClock::time_point> leave_at_ = {};
};

// Standard streams that were closed when we started would otherwise be handed to files of ours.
bool HaveStandardStreams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) != stream) return false;
  }
  return true;
}

int Run(const std::string& base) {
  if (!HaveStandardStreams()) return 1;
  // All of them, for good: interrupts from a terminal are the launcher's to judge, and a broken pipe
  // is an error number. SIGTERM and the end of a child are read from a descriptor.
  sigset_t every;
  sigfillset(&every);
  sigprocmask(SIG_SETMASK, &every, nullptr);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGCHLD);
  const int signals = signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK);
  fcntl(wire::kControl, F_SETFD, FD_CLOEXEC);
  signal(SIGCHLD, SIG_DFL);  // ignored, children would vanish unreaped
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (signals < 0) return 1;

  const wire::Note ready = MakeRunDirectory(base);
  const bool told = wire::Send(wire::kControl, wire::Encode(ready)) == 0;
  if (ready.kind == wire::Kind::kFailed) {
    if (!told) std::fprintf(stderr, "iff-supervisor: %s\n", ready.text.c_str());
    return 1;
  }
  if (chdir("/") != 0) return 1;
  return Supervisor(signals, ready.text).Run();
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: iff-supervisor BASE-DIRECTORY (the launcher starts it, with a socket)\n");
    return 64;
  }
  return iff::Run(argv[1]);
}
