#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/cli/dispatch.h"
#include "harness/session/resident.h"

namespace iff {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

int64_t Milliseconds(std::chrono::steady_clock::duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

// When each component began and was ready, the last of them named: that one everything waited for.
std::vector<std::string> CriticalPath(Session& session, const std::map<std::string, TimePoint>& ready, TimePoint began,
                                      TimePoint ended) {
  constexpr int64_t kColumns = 48;
  const int64_t all = std::max<int64_t>(1, Milliseconds(ended - began));
  std::string last;
  TimePoint last_ready = began;
  TimePoint first_begun = ended;
  for (const auto& [name, at] : ready) {
    first_begun = std::min<TimePoint>(first_begun, at - session.environment().start_time(name));
    if (at >= last_ready) last = name;
    last_ready = std::max(last_ready, at);
  }
  std::vector<std::string> lines = {"the start took " + std::to_string(all) + " ms"};
  const auto bar = [&](std::string name, int64_t from, int64_t to, const std::string& says) {
    name.resize(std::max<size_t>(name.size(), 12), ' ');
    const int64_t begin = std::min(kColumns - 1, from * kColumns / all);
    const int64_t end = std::clamp(to * kColumns / all, begin + 1, kColumns);
    lines.push_back("  " + name + std::string(static_cast<size_t>(begin), ' ') +
                    std::string(static_cast<size_t>(end - begin), '#') +
                    std::string(static_cast<size_t>(kColumns - end), ' ') + "  " + std::to_string(from) + " to " +
                    std::to_string(to) + " ms" + says);
  };
  if (ready.empty()) return lines;
  bar("supervisor", 0, Milliseconds(first_begun - began), ", before any component");
  for (const auto& [name, at] : ready) {
    const int64_t to = Milliseconds(at - began);
    bar(name, std::max<int64_t>(0, to - Milliseconds(session.environment().start_time(name))), to,
        name == last ? ", which all waited for" : "");
  }
  bar("connecting", Milliseconds(last_ready - began), all, ", each told of the others");
  return lines;
}

// The process `iff up` leaves behind.
int StayUp(const Call& call, bool explain, int ready_pipe, int complaints_pipe) {
  const Services& services = call.services;
  Console console(ready_pipe, complaints_pipe);
  const Call starting{.services = services,
                      .options = call.options,
                      .arguments = call.arguments,
                      .console = console,
                      .cancelled = call.cancelled,
                      .began = call.began};
  const auto hush = [&] {
    close(ready_pipe);
    close(complaints_pipe);
  };
  const auto fail = [&](const Error& error) {
    const int code = Complain(console, error);
    hush();
    return code;
  };
  Result<std::unique_ptr<Resident>> resident = Resident::Listen(ResidentName(services.places.root));
  if (!resident.ok()) return fail(resident.error());
  SessionOptions session_options = SessionOptionsFor(starting);
  std::mutex mutex;
  std::map<std::string, TimePoint> ready;
  session_options.for_many_runs = true;
  session_options.on_ready = [&, say = session_options.on_ready](const ComponentReady& one) {
    if (say) say(one);
    const std::lock_guard lock(mutex);
    ready[std::string(one.name)] = std::chrono::steady_clock::now();
  };
  const TimePoint began = std::chrono::steady_clock::now();
  Result<std::unique_ptr<Session>> session = Session::Start(services.probes, std::move(session_options));
  if (!session.ok()) return fail(session.error());
  (*session)->ForgetProgress();
  if (explain) {
    for (const std::string& line : CriticalPath(**session, ready, began, std::chrono::steady_clock::now()))
      console.Say(line);
  }
  console.Say("up: 'iff run' uses this environment now, 'iff down' ends it");
  hush();
  const std::chrono::seconds patience(call.options.idle_seconds);
  std::atomic<int> busy = 0;
  std::atomic<std::chrono::steady_clock::time_point> last_command = std::chrono::steady_clock::now();
  std::thread ender([&] {
    (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()), [&]() -> Result<bool> {
      const bool idle = patience > std::chrono::seconds(0) && busy == 0 &&
                        std::chrono::steady_clock::now() - last_command.load() > patience;
      return services.interrupted.load() || idle;
    });
    (*resident)->Stop();
  });
  (*resident)->Serve(
      [&](const std::vector<std::string>& arguments, const AskerEnds& ends, const std::atomic<bool>& hung_up) {
        ++busy;
        const int code = DispatchHandedOver(services, **session, arguments, ends, hung_up);
        last_command = std::chrono::steady_clock::now();
        --busy;
        return code;
      });
  ender.join();
  session->reset();
  return 0;
}

// What comes out of the pipes goes where it belongs, until both are closed. Answers what was said.
std::string PassOn(int said, int complained) {
  std::string all;
  pollfd ends[2] = {{.fd = said, .events = POLLIN, .revents = 0}, {.fd = complained, .events = POLLIN, .revents = 0}};
  const int to[2] = {STDOUT_FILENO, STDERR_FILENO};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (poll(ends, 2, -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    for (size_t i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char text[4096];
      const ssize_t size = read(ends[i].fd, text, sizeof text);
      if (size > 0) {
        if (i == 0) all.append(text, static_cast<size_t>(size));
        (void)!write(to[i], text, static_cast<size_t>(size));
      } else {
        close(std::exchange(ends[i].fd, -1));  // poll leaves those out
      }
    }
  }
  return all;
}

int Up(const Call& call, bool explain) {
  int ready[2] = {-1, -1};
  int complaints[2] = {-1, -1};
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(complaints, O_CLOEXEC) != 0)
    return Complain(call.console, SystemError("make a pipe", errno));
  const pid_t child = fork();
  if (child < 0) return Complain(call.console, SystemError("fork", errno));
  if (child == 0) {
    close(ready[0]);
    close(complaints[0]);
    setsid();
    // Whatever else was open where it was typed, a lock of the caller's or the end of a pipe, is not held for as long
    // as the environment is up.
    unsigned next = 3;
    for (const int kept : {std::min(ready[1], complaints[1]), std::max(ready[1], complaints[1])}) {
      const auto pipe_end = static_cast<unsigned>(kept);
      if (pipe_end > next) (void)close_range(next, pipe_end - 1, 0);
      next = pipe_end + 1;
    }
    (void)close_range(next, ~0U, 0);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    _exit(StayUp(call, explain, ready[1], complaints[1]));
  }
  close(ready[1]);
  close(complaints[1]);
  // Its words until it is up; then it closes the pipes. If it ends instead, its exit code is ours.
  if (PassOn(ready[0], complaints[0]).find("up: ") != std::string::npos) return 0;
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(ExitCode::kErrored);
}

}  // namespace

Command UpCommand() {
  return {.name = "up",
          .summary = "bring the stack up and keep it for many runs",
          .group = CommandGroup::kLoop,
          .examples = {{"iff up --idle 900", "ends after a quarter of an hour without a command"},
                       {"iff up --explain", "and tells the critical path of the start"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto explain = std::make_shared<bool>(false);
            arguments = {
                {.names = "--idle",
                 .value = "SECONDS",
                 .into = &options.idle_seconds,
                 .least = 1,
                 .help = "take it down after so many seconds without a command"},
                {.names = "--explain",
                 .into = explain.get(),
                 .help = "what the start waited for: when each component began and was ready"},
            };
            return {.act = [explain](const Call& call) { return Up(call, *explain); }};
          }};
}

}  // namespace iff
