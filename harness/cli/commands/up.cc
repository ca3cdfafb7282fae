#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "harness/cli/carry.h"
#include "harness/cli/resident.h"

namespace iff {
namespace {

// The process `iff up` leaves behind.
int StayUp(const Call& call, int ready_pipe) {
  const Workshop& workshop = call.workshop;
  Voice voice(ready_pipe);
  const Call starting{.workshop = workshop,
                      .options = call.options,
                      .arguments = call.arguments,
                      .voice = voice,
                      .cancelled = call.cancelled,
                      .began = call.began};
  const auto fail = [&](const Error& error) {
    const int code = Complain(voice, error);
    close(ready_pipe);
    return code;
  };
  Result<std::unique_ptr<Resident>> resident = Resident::Listen(ResidentName(workshop.places.root));
  if (!resident.ok()) return fail(resident.error());
  Result<std::unique_ptr<Session>> session =
      Session::Start(workshop.catalogue, workshop.probes, SessionOptionsFor(starting));
  if (!session.ok()) return fail(session.error());
  (*session)->ForgetProgress();
  voice.Say("up: 'iff run' uses this environment now, 'iff down' ends it");
  close(ready_pipe);
  const std::chrono::seconds patience(call.options.idle_seconds);
  std::atomic<int> busy = 0;
  std::atomic<std::chrono::steady_clock::time_point> last_command = std::chrono::steady_clock::now();
  std::thread ender([&] {
    (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()), [&]() -> Result<bool> {
      const bool idle = patience > std::chrono::seconds(0) && busy == 0 &&
                        std::chrono::steady_clock::now() - last_command.load() > patience;
      return workshop.interrupted.load() || idle;
    });
    (*resident)->Stop();
  });
  (*resident)->Serve([&](const std::vector<std::string>& arguments, int out, const std::atomic<bool>& hung_up) {
    ++busy;
    const int code = CarryHandedOver(workshop, **session, arguments, out, hung_up);
    last_command = std::chrono::steady_clock::now();
    --busy;
    return code;
  });
  ender.join();
  session->reset();
  return 0;
}

int Up(const Call& call) {
  int ready[2] = {-1, -1};
  if (pipe2(ready, O_CLOEXEC) != 0) return Complain(call.voice, SystemError("make a pipe", errno));
  const pid_t child = fork();
  if (child < 0) return Complain(call.voice, SystemError("fork", errno));
  if (child == 0) {
    close(ready[0]);
    setsid();
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    _exit(StayUp(call, ready[1]));
  }
  close(ready[1]);
  // Its words until it is up; then it closes the pipe. If it ends instead, its exit code is ours.
  std::string last;
  char text[4096];
  for (ssize_t size = read(ready[0], text, sizeof text); size > 0; size = read(ready[0], text, sizeof text)) {
    std::string_view seen(text, static_cast<size_t>(size));
    last.append(seen);
    (void)!write(STDOUT_FILENO, seen.data(), seen.size());
  }
  close(ready[0]);
  if (last.find("up: ") != std::string::npos) return 0;
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(ExitCode::kErrored);
}

}  // namespace

Command UpCommand() {
  return {.name = "up",
          .summary = "bring the stack up and keep it for many runs",
          .group = CommandGroup::kLoop,
          .examples = {{"iff up --idle 900", "ends after a quarter of an hour without a command"}},
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {{.names = "--idle", .value = "SECONDS", .into = &options.idle_seconds, .least = 1,
                          .help = "take it down after so many seconds without a command"}};
            return {.act = Up};
          }};
}

}  // namespace iff
