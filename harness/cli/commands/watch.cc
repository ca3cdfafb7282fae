#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/live_line.h"
#include "harness/cli/play.h"
#include "harness/cli/watched_files.h"

extern char** environ;

namespace iff {
namespace {

namespace fs = std::filesystem;

// What a change means for what is watched.
struct Change {
  std::vector<std::string> scenarios = {};  // files, relative to the root
  bool system = false;
  bool servers = false;
};

Change Sort(const std::vector<std::string>& paths, const std::string& root, const std::string& system_file) {
  Change change;
  for (const std::string& path : paths) {
    if (path == system_file) change.system = true;
    if (path.starts_with(root + "/servers/") && (path.ends_with(".cc") || path.ends_with(".h"))) change.servers = true;
    const bool of_system = path.starts_with(fs::path(system_file).parent_path().string() + "/scenarios/");
    if ((path.starts_with(root + "/scenarios/") || (of_system && path.starts_with(root + "/"))) &&
        path.ends_with(".yaml")) {
      change.scenarios.push_back(path.substr(root.size() + 1));
    }
  }
  return change;
}

// Runs a program to its end, or until `cancelled`; its output and whether it went well.
struct Ended {
  bool well = false;
  std::string output = {};
};
Ended RunProgram(const std::vector<std::string>& words, const std::atomic<bool>& cancelled) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return {.output = "no pipe"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // so that all of it can be ended
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int problem = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  if (problem != 0) {
    close(ends[0]);
    return {.output = words.front() + ": cannot be started"};
  }
  Ended ended;
  char text[4096];
  for (bool told = false;;) {
    if (cancelled && !told) {
      kill(-child, SIGTERM);
      told = true;
    }
    pollfd end{ends[0], POLLIN, 0};
    if (poll(&end, 1, 50) <= 0) continue;
    const ssize_t size = read(ends[0], text, sizeof text);
    if (size <= 0) break;
    ended.output.append(text, static_cast<size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ended.well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return ended;
}

// The programs of the targets, by name, as they are on the disk now.
std::map<std::string, fs::file_time_type> Programs(const Session& session) {
  std::map<std::string, fs::file_time_type> programs;
  for (const auto& [name, target] : session.system().targets) {
    if (target.command.empty()) continue;
    const fs::path path = fs::path(session.options().places.programs) / target.command.front();
    std::error_code none;
    const fs::file_time_type written = fs::last_write_time(path, none);
    if (!none) programs[path.filename().string()] = written;
  }
  return programs;
}

class Watch {
 public:
  Watch(const Call& call, Session& session) : call_(call), session_(session), options_(call.options) {
    if (options_.output.empty()) options_.output = session.options().places.ReportsFolder() + "/watch";
  }

  int Run() {
    const std::string& root = session_.options().places.root;
    WatchedFiles files(
        {root + "/scenarios", root + "/servers", fs::path(session_.options().system_file).parent_path().string()});
    Again(call_.options.selectors, call_.options.targets);
    while (!call_.cancelled) {
      call_.console.Show("watching scenarios/, servers/ and the system file; Ctrl-C ends it");
      const std::vector<std::string> paths = files.Next(call_.cancelled);
      call_.console.Show("");
      if (call_.cancelled) break;
      saved_ = std::chrono::steady_clock::now();
      React(Sort(paths, root, session_.options().system_file));
    }
    return 0;
  }

 private:
  void React(const Change& change) {
    if (change.system) {
      const Result<void> read = session_.ReadSystemAgain();
      if (!read.ok()) {
        Complain(call_.console, read.error());
        return;
      }
    }
    if (change.servers && !Build()) return;
    if (change.system) {
      Again(call_.options.selectors, call_.options.targets);
      return;
    }
    if (change.servers) {
      const std::vector<std::string> targets = Rebuilt();
      if (!targets.empty()) Again(call_.options.selectors, targets);
      if (targets.empty()) call_.console.Say("rebuilt: no server changed by it");
      return;
    }
    Affected(change.scenarios);
  }

  // Of what is selected, that which lies in one of the files.
  void Affected(const std::vector<std::string>& files) {
    if (files.empty()) return;
    const Result<std::vector<Scenario>> selected =
        session_.Select({.selectors = call_.options.selectors, .targets = call_.options.targets});
    if (!selected.ok()) {
      Complain(call_.console, selected.error());
      return;
    }
    std::vector<std::string> ids;
    for (const Scenario& scenario : *selected) {
      if (std::find(files.begin(), files.end(), scenario.file) != files.end()) ids.push_back(scenario.id);
    }
    if (ids.empty()) {
      call_.console.Say("changed, but not among what is watched: " + files.front());
      return;
    }
    Again(ids, {});
  }

  bool Build() {
    const fs::path build = fs::path(session_.options().places.programs).parent_path();
    std::vector<std::string> words = {"ninja", "-C", build.string()};
    before_ = Programs(session_);
    for (const auto& [name, written] : before_) words.push_back(name);
    if (!call_.options.mutant.empty()) words.push_back("iff-mutant");
    const auto began = std::chrono::steady_clock::now();
    Ended ended;
    {
      const LiveLine live(call_.console, [&] { return "building the servers " + SecondsSince(began); });
      ended = RunProgram(words, call_.cancelled);
    }
    if (ended.well) {
      call_.console.Say("built in " + SecondsSince(began));
      return true;
    }
    if (!call_.cancelled)
      call_.console.Say(ended.output + "iff watch: the servers could not be built; waiting for the next change");
    return false;
  }

  std::vector<std::string> Rebuilt() const {
    const std::map<std::string, fs::file_time_type> now = Programs(session_);
    std::vector<std::string> targets;
    for (const auto& [name, target] : session_.system().targets) {
      if (target.command.empty()) continue;
      const std::string program = fs::path(target.command.front()).filename().string();
      const auto was = before_.find(program);
      const auto is = now.find(program);
      const bool changed = is != now.end() && (was == before_.end() || was->second != is->second);
      const bool wanted =
          call_.options.targets.empty() ||
          std::find(call_.options.targets.begin(), call_.options.targets.end(), name) != call_.options.targets.end();
      if ((changed || !call_.options.mutant.empty()) && wanted) targets.push_back(name);
    }
    return targets;
  }

  void Again(const std::vector<std::string>& selectors, const std::vector<std::string>& targets) {
    Options options = options_;
    options.selectors = selectors;
    options.targets = targets;
    const Call play{.services = call_.services,
                    .options = options,
                    .arguments = call_.arguments,
                    .console = call_.console,
                    .cancelled = call_.cancelled,
                    .began = std::chrono::steady_clock::now()};
    PlaySelected(play, session_);
    session_.ForgetRuns();
    if (saved_) call_.console.Say("verdict " + SecondsSince(*saved_) + " after the change was seen");
    saved_.reset();
  }

  const Call& call_;
  Session& session_;
  Options options_;
  std::optional<std::chrono::steady_clock::time_point> saved_;
  std::map<std::string, fs::file_time_type> before_;
};

int WatchOn(const Call& call, Session& session) {
  // Ctrl-C ends it at once, whatever plays. An environment that was up goes on; one of our own is taken down by its
  // supervisor when we are gone, and gets a second to do so in order.
  std::atomic<bool> idle = false;
  std::thread ender([&] {
    (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()),
                     [&]() -> Result<bool> { return call.cancelled || idle; });
    call.console.Hush();
    if (call.handed_over) return;
    (void)Eventually(Deadline::In(std::chrono::seconds(1)), [&]() -> Result<bool> { return idle.load(); });
    if (!idle) _exit(0);
  });
  const int code = Watch(call, session).Run();
  idle = true;
  ender.join();
  return code;
}

}  // namespace

Command WatchCommand() {
  return {.name = "watch",
          .summary = "run again whatever a saved file affects, on the warm environment",
          .group = CommandGroup::kLoop,
          .description =
              "Watches scenarios/, servers/ (which are rebuilt) and the system file. Reports lie in "
              "reports/out/watch.\nCtrl-C ends it at any moment; an environment that was up stays up.",
          .examples = {{"iff watch isolation --target NAME", "a suite against one server"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {
                SelectionArgument(options),
                TargetsArgument(options),
                MutantArgument(options),
                JobsArgument(options),
                {.names = "--output,-o",
                 .value = "FOLDER",
                 .into = &options.output,
                 .takes = Takes::kFolder,
                 .help = "folder for the reports (default: reports/out/watch)"},
                FreshArgument(options),
            };
            return {.on_environment = WatchOn, .leaves_at_once = true};
          }};
}

}  // namespace iff
