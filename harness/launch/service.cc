#include "harness/launch/service.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "harness/core/log.h"
#include "harness/launch/proc.h"
#include "harness/launch/service_state.h"

namespace iff {
namespace {

constexpr size_t kMaxLine = size_t{16} << 20;
constexpr size_t kTailBytes = size_t{64} << 10;

bool Await(int descriptor, short events, Deadline deadline) {
  while (true) {
    pollfd watched{.fd = descriptor, .events = events, .revents = 0};
    const int ready = poll(&watched, 1, static_cast<int>(std::min<int64_t>(deadline.Left().count(), 60'000)));
    if (ready > 0) return true;
    if (deadline.Passed()) return false;
  }
}

std::string Describe(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit " + std::to_string(WEXITSTATUS(wait_status));
  return "signal " + std::to_string(WTERMSIG(wait_status));
}

// Without this a child that closed its input would end us.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&broken_pipe_);
    sigaddset(&broken_pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_);
  }
  ~NoBrokenPipeSignal() {
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&broken_pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;

 private:
  sigset_t broken_pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

std::string ReadFrom(const std::string& path, size_t offset) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.open()) return text;
  char buffer[16384];
  while (true) {
    const ssize_t size = pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(offset + text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(buffer, static_cast<size_t>(size));
  }
}

}  // namespace

bool AwaitReadable(int descriptor, Deadline deadline) { return Await(descriptor, POLLIN, deadline); }
bool AwaitWritable(int descriptor, Deadline deadline) { return Await(descriptor, POLLOUT, deadline); }

Service::State::~State() {
  if (pid > 0) {
    RequestStop();
    AwaitStop();
  }
  keeper.Close();
  std::error_code failed;
  if (owns_directory) failed = RemoveTree(directory);
  if (failed) Log(LogLevel::kWarning, "directory-not-removed", {{"path", directory}, {"reason", failed.message()}});
  if (!log_path.empty()) unlink(log_path.c_str());
}

std::optional<std::string> Service::State::Ended() {
  const std::lock_guard lock(keeper_mutex);
  while (!keeper_gone) {
    const wire::Packet packet = wire::Receive(keeper.get());
    if (packet.state == wire::Packet::State::kNothingYet) break;
    if (packet.state == wire::Packet::State::kClosed) {
      keeper_gone = true;
      if (!ended) ended = "supervisor died";
      break;
    }
    std::optional<wire::Note> note = wire::DecodeNote(packet.bytes);
    if (!note) continue;
    if (note->kind == wire::Kind::kExited) {
      ended = Describe(static_cast<int>(note->number));
    } else {
      start = std::move(note);
    }
  }
  return ended;
}

void Service::State::RequestStop(std::chrono::milliseconds within) {
  const std::lock_guard lock(keeper_mutex);
  if (stop_requested) return;
  stop_requested = true;
  wire::Send(keeper.get(), wire::Encode(wire::Note{.kind = wire::Kind::kStop, .number = within.count()}));
}

void Service::State::AwaitStop() {
  // SIGKILL follows at `stop_within`; the rest is for a machine that is very busy.
  const Deadline deadline = Deadline::In(spec.stop_within + 15s);
  while (true) {
    Ended();
    {
      const std::lock_guard lock(keeper_mutex);
      if (keeper_gone) return;
    }
    if (!AwaitReadable(keeper.get(), deadline)) break;
  }
  Log(LogLevel::kWarning, "service-not-stopped", {{"service", spec.name}, {"pid", std::to_string(pid)}});
}

Service::Service(std::shared_ptr<State> state) : state_(std::move(state)) {}
Service::Service(Service&&) noexcept = default;
Service& Service::operator=(Service&& other) noexcept {
  if (this != &other) {
    if (state_) Stop();
    state_ = std::move(other.state_);
  }
  return *this;
}
Service::~Service() {
  if (state_) Stop();
}

const std::string& Service::name() const { return state_->spec.name; }
int Service::pid() const { return state_->pid; }
const std::string& Service::directory() const { return state_->directory; }
const std::string& Service::log_path() const { return state_->log_path; }

std::optional<std::string> Service::exited() const { return state_->Ended(); }

std::string Service::LogTail(size_t lines) const {
  const size_t size = LogSize();
  std::string text = LogSince(size > kTailBytes ? size - kTailBytes : 0);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  size_t begin = text.size();
  for (size_t found = 0; found < lines && begin != 0; ++found) {
    const size_t feed = text.rfind('\n', begin - 1);
    if (feed == std::string::npos) return text;
    if (found + 1 == lines) return text.substr(feed + 1);
    begin = feed;
  }
  return lines == 0 ? "" : text;
}

size_t Service::LogSize() const {
  struct stat status{};
  if (stat(state_->log_path.c_str(), &status) != 0) return 0;
  return static_cast<size_t>(status.st_size);
}

std::string Service::LogSince(size_t offset) const { return ReadFrom(state_->log_path, offset); }

void Service::Signal(int signal) {
  const std::lock_guard lock(state_->keeper_mutex);
  wire::Send(state_->keeper.get(), wire::Encode(wire::Note{.kind = wire::Kind::kSignal, .number = signal}));
}

void Service::Stop() {
  state_->RequestStop();
  state_->AwaitStop();
}

Result<std::string> Service::ReadLine(Deadline deadline) {
  Invariant(state_->spec.pipes, "ReadLine is for a service with pipes");
  const std::lock_guard lock(state_->read_mutex);
  std::string& unread = state_->unread;
  size_t searched = 0;
  while (true) {
    const size_t feed = unread.find('\n', searched);
    if (feed != std::string::npos) {
      std::string line = unread.substr(0, feed);
      unread.erase(0, feed + 1);
      return line;
    }
    searched = unread.size();
    if (searched > kMaxLine) {
      return Error(ErrorKind::kProtocol, "read a line from " + name() + ": more than 16 MiB without a line feed");
    }
    if (!AwaitReadable(state_->output.get(), deadline)) {
      return Error(ErrorKind::kTimeout, "read a line from " + name() + ": nothing within the deadline");
    }
    char buffer[65536];
    const ssize_t size = read(state_->output.get(), buffer, sizeof buffer);
    if (size > 0) unread.append(buffer, static_cast<size_t>(size));
    if (size == 0) {
      // Its end is told by another way and may arrive a little later.
      (void)AwaitReadable(state_->keeper.get(), Deadline::In(100ms));
      return Error(ErrorKind::kUnavailable, "read a line from " + name() + ": it closed its output (" +
                                                exited().value_or("still running") + ")");
    }
    if (size < 0 && errno != EINTR && errno != EAGAIN) return SystemError("read a line from " + name(), errno);
  }
}

Result<void> Service::WriteLine(std::string_view line) {
  Invariant(state_->spec.pipes, "WriteLine is for a service with pipes");
  const NoBrokenPipeSignal quiet;
  const std::lock_guard lock(state_->write_mutex);
  const std::string attempt = "write a line to " + name();
  if (!state_->input.open()) return Error(ErrorKind::kUnavailable, attempt + ": its input is closed");
  const Deadline deadline = Deadline::In(10s);
  std::string text(line);
  text += '\n';
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = write(state_->input.get(), text.data() + written, text.size() - written);
    if (size > 0) {
      written += static_cast<size_t>(size);
    } else if (errno == EPIPE) {
      return Error(ErrorKind::kUnavailable,
                   attempt + ": it reads no more (" + exited().value_or("still running") + ")");
    } else if (errno == EAGAIN) {
      if (!AwaitWritable(state_->input.get(), deadline)) {
        return Error(ErrorKind::kTimeout, attempt + ": it did not read for 10 s");
      }
    } else if (errno != EINTR) {
      return SystemError(attempt, errno);
    }
  }
  return {};
}

void Service::CloseInput() {
  const std::lock_guard lock(state_->write_mutex);
  state_->input.Close();
}

}  // namespace iff
