#include "harness/launch/keeper.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

#include "harness/launch/proc.h"

namespace iff {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// What the child was doing when it failed before exec.
enum class Stage : int { kFiles, kDirectory, kGroups, kGroup, kAccount, kExec };

struct StartFailure {
  int error_number = 0;
  Stage stage = Stage::kExec;
};

std::string Operation(const wire::Spawn& order, Stage stage) {
  switch (stage) {
    case Stage::kFiles:
      return "connect standard streams";
    case Stage::kDirectory:
      return "change to " + order.directory;
    case Stage::kGroups:
      return "set supplementary groups";
    case Stage::kGroup:
      return "switch to group " + std::to_string(order.gid);
    case Stage::kAccount:
      return "switch to account " + std::to_string(order.uid);
    case Stage::kExec:
      return "execute " + order.program;
  }
  return "start";
}

struct Given {
  int log = -1;
  int input = -1;
  int output = -1;
};

// Every signal to its default, also the two the C library keeps to itself, which posix_spawn left
// ignored: that is why the kernel is asked directly. Zeroes are SIG_DFL without flags.
void ResetSignals() {
  const char action[64] = {};
  for (int number = 1; number <= 64; ++number) syscall(SYS_rt_sigaction, number, action, nullptr, 8);
}

// Between fork and exec, in a process of one thread.
[[noreturn]] void BecomeService(const wire::Spawn& order, const Given& given, int report, pid_t keeper) {
  StartFailure failure;
  const auto fail = [&](Stage stage) {
    failure = {.error_number = errno, .stage = stage};
    if (write(report, &failure, sizeof failure) < 0) _exit(126);
    _exit(127);
  };
  setpgid(0, 0);

  const int input = order.pipes ? given.input : open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int output = order.pipes ? given.output : given.log;
  if (input < 0 || dup2(input, STDIN_FILENO) < 0) fail(Stage::kFiles);
  if (dup2(output, STDOUT_FILENO) < 0) fail(Stage::kFiles);
  if (dup2(given.log, STDERR_FILENO) < 0) fail(Stage::kFiles);

  if (order.switch_account) {
    if (setgroups(order.groups.size(), order.groups.data()) != 0) fail(Stage::kGroups);
    if (setresgid(order.gid, order.gid, order.gid) != 0) fail(Stage::kGroup);
    if (setresuid(order.uid, order.uid, order.uid) != 0) fail(Stage::kAccount);
  }
  // As the account it is for: a directory only root can enter should fail here, not in the service.
  if (chdir(order.directory.c_str()) != 0) fail(Stage::kDirectory);

  ResetSignals();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  // After the change of account, which clears it. The keeper may have died before this line.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(127);

  std::vector<char*> argv;
  for (const std::string& argument : order.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (const std::string& variable : order.environment) environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  execve(order.program.c_str(), argv.data(), environment.data());
  fail(Stage::kExec);
  _exit(127);
}

struct Started {
  pid_t pid = -1;
  wire::Note failure = {.kind = wire::Kind::kFailed};  // when pid is -1
};

Started Start(const wire::Spawn& order, const Given& given) {
  Started started;
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    started.failure.number = errno;
    started.failure.text = "make a pipe";
    return started;
  }
  const pid_t keeper = getpid();
  const pid_t pid = fork();
  if (pid == 0) BecomeService(order, given, report[1], keeper);
  const int fork_failed = errno;
  close(report[1]);
  StartFailure failure;
  ssize_t size = 0;
  if (pid > 0) {
    // Ends when exec closes the child's end, or the child dies.
    do {
      size = read(report[0], &failure, sizeof failure);
    } while (size < 0 && errno == EINTR);
  }
  close(report[0]);
  if (pid < 0) {
    started.failure.number = fork_failed;
    started.failure.text = "fork";
  } else if (size == static_cast<ssize_t>(sizeof failure)) {
    started.failure.number = failure.error_number;
    started.failure.text = Operation(order, failure.stage);
    waitpid(pid, nullptr, 0);
  } else {
    started.pid = pid;
  }
  return started;
}

class Keeper {
 public:
  Keeper(const wire::Spawn& order, int socket, int signals, pid_t supervisor, pid_t service)
      : order_(order), socket_(socket), signals_(signals), supervisor_(supervisor), service_(service) {}

  void Run() {
    while (!Finished()) {
      pollfd watched[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                          {.fd = socket_, .events = POLLIN, .revents = 0}};
      poll(watched, 2, PollTimeout());
      if (TakeSignals(signals_)) OnTermination();
      if (socket_ >= 0) TakeNotes();
      Reap();
    }
    KillService();
    KillDescendants(signals_, std::chrono::seconds(30));
  }

 private:
  // Asked to end, and it did or its time is up.
  bool Finished() const { return stop_at_.has_value() && (!alive_ || SteadyClock::now() >= *stop_at_); }

  int PollTimeout() const {
    if (!stop_at_) return -1;
    const auto left = std::chrono::ceil<milliseconds>(*stop_at_ - SteadyClock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000));
  }

  void BeginStop(milliseconds grace) {
    const auto at = SteadyClock::now() + grace;
    const bool first = !stop_at_.has_value();
    stop_at_ = first ? at : std::min(*stop_at_, at);
    if (!first || !alive_ || grace.count() == 0) return;
    kill(service_, order_.stop_signal);
    kill(service_, SIGCONT);  // a stopped process would not see it
  }

  void OnTermination() {
    // Without a supervisor nobody is left to wait for us.
    BeginStop(getppid() == supervisor_ ? kAbandonedGrace : milliseconds(0));
  }

  void TakeNotes() {
    while (true) {
      const wire::Packet packet = wire::Receive(socket_);
      for (const int descriptor : packet.descriptors) close(descriptor);
      if (packet.state == wire::Packet::State::kNothingYet) return;
      if (packet.state == wire::Packet::State::kClosed) {
        close(socket_);
        socket_ = -1;
        BeginStop(kAbandonedGrace);
        return;
      }
      const std::optional<wire::Note> note = wire::DecodeNote(packet.bytes);
      if (!note) continue;
      if (note->kind == wire::Kind::kSignal && alive_) kill(service_, static_cast<int>(note->number));
      if (note->kind == wire::Kind::kStop) BeginStop(milliseconds(note->number));
    }
  }

  void Reap() {
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
      if (pid == service_) Ended(status);
    }
  }

  void Ended(int status) {
    alive_ = false;
    // Ours was the signal that killed it when the supervisor died: then the end of the socket tells.
    if (socket_ < 0 || getppid() != supervisor_) return;
    wire::Send(socket_, wire::Encode(wire::Note{.kind = wire::Kind::kExited, .number = status}));
  }

  // The service itself first, because how it ended is told; what it leaves is killed without a word.
  void KillService() {
    if (!alive_) return;
    kill(service_, SIGKILL);
    int status = 0;
    pid_t pid = 0;
    const auto give_up = SteadyClock::now() + std::chrono::seconds(10);
    while ((pid = waitpid(service_, &status, WNOHANG)) == 0 && SteadyClock::now() < give_up) {
      pollfd watched{.fd = signals_, .events = POLLIN, .revents = 0};
      poll(&watched, 1, 50);
      TakeSignals(signals_);
    }
    if (pid == service_) Ended(status);
  }

  const wire::Spawn& order_;
  int socket_ = -1;
  const int signals_;
  const pid_t supervisor_;
  const pid_t service_;
  bool alive_ = true;
  std::optional<SteadyClock::time_point> stop_at_ = {};
};

[[noreturn]] void Keep(const wire::Spawn& order, const std::vector<int>& descriptors, int signals, pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != supervisor) _exit(1);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, ("keep-" + order.name).c_str());

  Given given{.log = descriptors[1]};
  if (order.pipes) {
    given.input = descriptors[2];
    given.output = descriptors[3];
  }
  const Started started = Start(order, given);
  for (size_t i = 1; i < descriptors.size(); ++i) close(descriptors[i]);
  if (started.pid < 0) {
    wire::Send(descriptors[0], wire::Encode(started.failure));
    _exit(1);
  }
  wire::Send(descriptors[0], wire::Encode(wire::Note{.kind = wire::Kind::kStarted, .number = started.pid}));
  Keeper(order, descriptors[0], signals, supervisor, started.pid).Run();
  _exit(0);
}

}  // namespace

pid_t StartKeeper(const wire::Spawn& order, const std::vector<int>& given, int signals) {
  const pid_t supervisor = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  close(wire::kControl);
  Keep(order, given, signals, supervisor);
}

bool KillDescendants(int signals, milliseconds patience) {
  const auto give_up = SteadyClock::now() + patience;
  while (true) {
    pid_t reaped = 0;
    do {
      reaped = waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    // We adopt orphans, so without a child there is no descendant either.
    if (reaped < 0 && errno == ECHILD) return true;
    if (SteadyClock::now() >= give_up) return false;
    for (const pid_t pid : Descendants(getpid())) kill(pid, SIGKILL);
    pollfd watched{.fd = signals, .events = POLLIN, .revents = 0};
    poll(&watched, 1, 5);
    TakeSignals(signals);
  }
}

bool TakeSignals(int signals) {
  bool terminated = false;
  signalfd_siginfo taken{};
  while (read(signals, &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken)) {
    terminated = terminated || taken.ssi_signo == SIGTERM;
  }
  return terminated;
}

}  // namespace iff
