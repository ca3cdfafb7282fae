#include "harness/cli/commands.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include "harness/cli/bench.h"
#include "harness/cli/mutants.h"
#include "harness/cli/publish.h"
#include "harness/cli/resident.h"
#include "harness/launch/launcher.h"
#include "reports/summary.h"

#ifndef IFF_VERSION
#define IFF_VERSION "0.1.0"
#endif

namespace iff {
namespace {

namespace fs = std::filesystem;

constexpr int kErrored = static_cast<int>(ExitCode::kErrored);
constexpr int kUsage = static_cast<int>(ExitCode::kUsage);

// Where a command speaks: its own terminal, or that of whoever asked the environment that is up.
class Voice {
 public:
  explicit Voice(int descriptor)
      : descriptor_(descriptor),
        terminal_(isatty(descriptor) != 0),
        colour_(terminal_ && std::getenv("NO_COLOR") == nullptr) {}

  void Say(std::string_view line) {
    const std::lock_guard lock(mutex_);
    std::string text(line);
    text += '\n';
    (void)!write(descriptor_, text.data(), text.size());
  }
  bool colour() const { return colour_; }

 private:
  int descriptor_;
  bool terminal_;
  bool colour_;
  std::mutex mutex_;
};

int ExitCodeFor(const Error& error) { return error.kind() == ErrorKind::kInvalidInput ? kUsage : kErrored; }

int Complain(Voice& voice, const Error& error) {
  voice.Say("iff: " + error.message());
  return ExitCodeFor(error);
}

SessionOptions SessionOptionsFor(const Workshop& workshop, const Options& options, Voice& voice) {
  SessionOptions session{.places = workshop.places, .overrides = options.overrides};
  session.system_file = options.system.ends_with(".yaml")
                            ? options.system
                            : workshop.places.root + "/systems/" + options.system + "/system.yaml";
  if (!options.quiet && !options.json) {
    session.progress = [&voice](std::string_view line) { voice.Say("  " + std::string(line)); };
  }
  return session;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text = "iff";
  for (const std::string& word : words) {
    if (!word.starts_with("--folder=")) text += " " + word;
  }
  return text;
}

// Runs on a session that is there, reports, answers the exit code.
int RunOn(Session& session, const Options& options, const std::vector<std::string>& arguments, Voice& voice,
          const std::atomic<bool>& cancelled, std::chrono::steady_clock::time_point began) {
  RunRequest request{.selectors = options.selectors,
                     .targets = options.targets,
                     .mutant = options.mutant,
                     .jobs = options.jobs,
                     .began = began,
                     .cancelled = &cancelled};
  Result<std::vector<Scenario>> scenarios = session.Select(request);
  if (!scenarios.ok()) return Complain(voice, scenarios.error());
  size_t done = 0;
  const size_t all = scenarios->size();
  if (!options.quiet && !options.json) {
    voice.Say("running " + std::to_string(all) + " scenarios");
    request.on_scenario = [&](const Scenario&, const ScenarioResult* result) {
      if (result != nullptr) voice.Say(ProgressLine(*result, ++done, all, voice.colour()));
    };
  }
  RunResult run = session.Run(*scenarios, request);
  run.command = Joined(arguments);
  run.version = IFF_VERSION;

  const std::string directory =
      options.output.empty() ? session.options().places.root + "/reports/out/" + run.id : options.output;
  const Result<void> published = Publish(run, session.redactor(), directory);
  if (published.ok() && !options.junit.empty()) {
    std::error_code problem;
    fs::copy_file(directory + "/junit.xml", options.junit, fs::copy_options::overwrite_existing, problem);
    if (problem) return Complain(voice, SystemError("write " + options.junit, problem.value()));
  }
  // What may not be published is not printed either.
  if (!published.ok() && published.error().kind() == ErrorKind::kRefused) return Complain(voice, published.error());
  if (options.json) {
    voice.Say(DumpPretty(ToJson(run)));
  } else {
    std::ostringstream summary;
    WriteSummary(run, {.colour = voice.colour(), .quiet = options.quiet,
                       .report = published.ok() ? directory + "/report.html" : ""}, summary);
    std::string text = summary.str();
    while (text.ends_with('\n')) text.pop_back();
    voice.Say(text);
  }
  if (!published.ok()) {
    Complain(voice, published.error());
    return kErrored;
  }
  return static_cast<int>(run.exit_code());
}

// Hands the command to the environment that is up, if one is and it may be used.
std::optional<int> TryResident(const Workshop& workshop, const Options& options,
                               const std::vector<std::string>& arguments, Voice& voice) {
  if (options.fresh || !options.overrides.empty()) return {};
  std::error_code unknown;
  std::vector<std::string> with_folder = arguments;
  with_folder.push_back("--folder=" + fs::current_path(unknown).string());
  const Result<std::optional<int>> answered = AskResident(ResidentName(workshop.places.root), with_folder);
  if (!answered.ok()) return Complain(voice, answered.error());
  return *answered;
}

int Run(const Workshop& workshop, const Options& options, const std::vector<std::string>& arguments, Voice& voice) {
  // A mistake in a file is told before anything is started.
  SessionOptions session_options = SessionOptionsFor(workshop, options, voice);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(voice, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session_options, *system, workshop.probes);
  if (!suites.ok()) return Complain(voice, suites.error());
  const Result<std::vector<Scenario>> selected =
      SelectScenarios(*suites, {.selectors = options.selectors, .targets = options.targets});
  if (!selected.ok()) return Complain(voice, selected.error());
  if (!options.targets.empty()) {
    for (const std::string& target : options.targets) {
      if (!system->targets.contains(target)) {
        return Complain(voice, Error(ErrorKind::kInvalidInput, "no target called '" + target + "'"));
      }
    }
  }
  if (const std::optional<int> code = TryResident(workshop, options, arguments, voice)) return *code;

  if (session_options.progress) session_options.progress("bringing up " + system->name);
  Result<std::unique_ptr<Session>> session =
      Session::Start(workshop.catalogue, workshop.probes, std::move(session_options));
  if (!session.ok()) return Complain(voice, session.error());
  return RunOn(**session, options, arguments, voice, workshop.interrupted, workshop.began);
}

int Status(Session& session, Voice& voice) {
  for (Component* component : session.environment().components()) {
    const Result<void> alive = component->Check();
    voice.Say(component->name() + ": " + component->version() + " at " + component->endpoint().Url() + ", " +
              (alive.ok() ? "answers" : alive.error().message()));
  }
  return 0;
}

// The process `iff up` leaves behind.
int StayUp(const Workshop& workshop, const Options& options, int ready_pipe) {
  Voice voice(ready_pipe);
  const auto fail = [&](const Error& error) {
    const int code = Complain(voice, error);
    close(ready_pipe);
    return code;
  };
  Result<std::unique_ptr<Resident>> resident = Resident::Listen(ResidentName(workshop.places.root));
  if (!resident.ok()) return fail(resident.error());
  Result<std::unique_ptr<Session>> session =
      Session::Start(workshop.catalogue, workshop.probes, SessionOptionsFor(workshop, options, voice));
  if (!session.ok()) return fail(session.error());
  (*session)->ForgetProgress();
  voice.Say("up: 'iff run' uses this environment now, 'iff down' ends it");
  close(ready_pipe);
  std::atomic<int> busy = 0;
  std::atomic<std::chrono::steady_clock::time_point> last_command = std::chrono::steady_clock::now();
  std::thread ender([&] {
    (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()), [&]() -> Result<bool> {
      const bool idle = options.idle_seconds > 0 && busy == 0 &&
                        std::chrono::steady_clock::now() - last_command.load() > std::chrono::seconds(options.idle_seconds);
      return workshop.interrupted.load() || idle;
    });
    (*resident)->Stop();
  });
  const ResidentCommand serve = [&](const std::vector<std::string>& arguments, int out,
                                    const std::atomic<bool>& hung_up) {
    Voice answer(out);
    const auto began = std::chrono::steady_clock::now();
    const Parsed parsed = ParseCommandLine(arguments);
    if (parsed.exit_code >= 0) {
      answer.Say(parsed.text);
      return parsed.exit_code;
    }
    if (parsed.options.command == "down") {
      kill(getpid(), SIGTERM);
      return 0;
    }
    if (parsed.options.command == "status") return Status(**session, answer);
    if (SessionOptionsFor(workshop, parsed.options, answer).system_file != (*session)->options().system_file) {
      return Complain(answer, Error(ErrorKind::kInvalidInput,
                                    "what is up is " + (*session)->system().name + ": add --fresh, or 'iff down' first"));
    }
    const auto say = [&](std::string_view line) { answer.Say(line); };
    if (parsed.options.command == "bench") return Bench(**session, workshop.measurements, parsed.options, say);
    if (parsed.options.command == "mutants") return Mutants(**session, parsed.options, hung_up, say);
    return RunOn(**session, parsed.options, arguments, answer, hung_up, began);
  };
  (*resident)->Serve([&](const std::vector<std::string>& arguments, int out, const std::atomic<bool>& hung_up) {
    ++busy;
    const int code = serve(arguments, out, hung_up);
    last_command = std::chrono::steady_clock::now();
    --busy;
    return code;
  });
  ender.join();
  session->reset();
  return 0;
}

int Up(const Workshop& workshop, const Options& options, Voice& voice) {
  int ready[2] = {-1, -1};
  if (pipe2(ready, O_CLOEXEC) != 0) return Complain(voice, SystemError("make a pipe", errno));
  const pid_t child = fork();
  if (child < 0) return Complain(voice, SystemError("fork", errno));
  if (child == 0) {
    close(ready[0]);
    setsid();
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    _exit(StayUp(workshop, options, ready[1]));
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
  return WIFEXITED(status) ? WEXITSTATUS(status) : kErrored;
}

int Ask(const Workshop& workshop, const std::vector<std::string>& arguments, Voice& voice, bool quiet_when_down) {
  const Result<std::optional<int>> answered = AskResident(ResidentName(workshop.places.root), arguments);
  if (!answered.ok()) return Complain(voice, answered.error());
  if (!*answered) {
    if (!quiet_when_down) voice.Say("nothing is up: 'iff up' brings an environment up");
    return 0;
  }
  return **answered;
}

int Down(const Workshop& workshop, const std::vector<std::string>& arguments, Voice& voice) {
  const int code = Ask(workshop, arguments, voice, false);
  // Down means gone: wait until nobody has the name any more.
  const Result<void> gone = Eventually(Deadline::In(std::chrono::seconds(20)), [&]() -> Result<bool> {
    const Result<std::optional<int>> answered = AskResident(ResidentName(workshop.places.root), {"status", "--quiet"});
    return answered.ok() && !*answered;
  });
  if (!gone.ok()) return Complain(voice, gone.error().While("wait for the environment to end"));
  return code;
}

int Clean(const Options& options, Voice& voice) {
  const char* temporary = std::getenv("TMPDIR");
  const std::vector<Leftover> leftovers = FindLeftovers(temporary == nullptr ? "/tmp" : temporary);
  if (leftovers.empty()) voice.Say("nothing was left behind");
  int code = 0;
  for (const Leftover& leftover : leftovers) {
    std::string line = leftover.run_directory;
    for (const int process : leftover.processes) line += " process " + std::to_string(process);
    if (options.dry_run) {
      voice.Say("left behind: " + line);
      continue;
    }
    const Result<void> removed = Remove(leftover);
    if (!removed.ok()) code = Complain(voice, removed.error());
    if (removed.ok()) voice.Say("removed: " + line);
  }
  return code;
}

int List(const Workshop& workshop, const Options& options, Voice& voice) {
  const SessionOptions session_options = SessionOptionsFor(workshop, options, voice);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(voice, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session_options, *system, workshop.probes);
  if (!suites.ok()) return Complain(voice, suites.error());
  if (options.command == "lint") {
    size_t scenarios = 0;
    for (const Suite& suite : *suites) scenarios += suite.scenarios.size();
    voice.Say(std::to_string(suites->size()) + " suites, " + std::to_string(scenarios) + " scenarios: no mistakes");
    return 0;
  }
  const Result<std::vector<Scenario>> selected =
      SelectScenarios(*suites, {.selectors = options.selectors, .targets = options.targets});
  if (!selected.ok()) return Complain(voice, selected.error());
  Json list = Json::array();
  for (const Scenario& scenario : *selected) {
    size_t checks = 0;
    for (const Step& step : scenario.steps) checks += step.expect.size();
    if (options.json) {
      list.push_back({{"id", scenario.id}, {"title", scenario.title}, {"file", scenario.file}, {"checks", checks}});
    } else if (options.quiet) {
      voice.Say(scenario.id);
    } else {
      voice.Say(scenario.id + "  " + scenario.title + " (" + std::to_string(checks) + " checks)");
    }
  }
  if (options.json) voice.Say(DumpPretty(list));
  return 0;
}

int Report(const Options& options, Voice& voice) {
  const fs::path given(options.path);
  const fs::path stored = fs::is_directory(given) ? given / "result.json" : given;
  std::ifstream in(stored, std::ios::binary);
  if (!in) return Complain(voice, Error(ErrorKind::kInvalidInput, "read " + stored.string() + ": no such file"));
  std::ostringstream text;
  text << in.rdbuf();
  const Result<Json> json = ParseJson(text.str()).While("read " + stored.string());
  if (!json.ok()) return Complain(voice, json.error());
  const Result<RunResult> run = RunFromJson(*json).While("read " + stored.string());
  if (!run.ok()) return Complain(voice, run.error());
  const std::string directory = options.output.empty() ? stored.parent_path().string() : options.output;
  const Redactor nothing_secret;  // what was stored passed the gate when it was written
  const Result<void> published = Publish(*run, nothing_secret, directory);
  if (!published.ok()) return Complain(voice, published.error());
  voice.Say("report: " + directory + "/report.html");
  return 0;
}

}  // namespace

int Carry(const Workshop& workshop, const Options& options, const std::vector<std::string>& arguments) {
  Voice voice(STDOUT_FILENO);
  if (options.command == "run") return Run(workshop, options, arguments, voice);
  if (options.command == "up") return Up(workshop, options, voice);
  if (options.command == "down") return Down(workshop, arguments, voice);
  if (options.command == "status") return Ask(workshop, arguments, voice, options.quiet);
  if (options.command == "clean") return Clean(options, voice);
  if (options.command == "report") return Report(options, voice);
  if (options.command == "bench" || options.command == "mutants") {
    if (const std::optional<int> code = TryResident(workshop, options, arguments, voice)) return *code;
    Result<std::unique_ptr<Session>> session = Session::Start(workshop.catalogue, workshop.probes,
                                                              SessionOptionsFor(workshop, options, voice));
    if (!session.ok()) return Complain(voice, session.error());
    const auto say = [&](std::string_view line) { voice.Say(line); };
    return options.command == "bench" ? Bench(**session, workshop.measurements, options, say)
                                      : Mutants(**session, options, workshop.interrupted, say);
  }
  return List(workshop, options, voice);
}

}  // namespace iff
