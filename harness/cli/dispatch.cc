#include "harness/cli/dispatch.h"

#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "harness/cli/doctor.h"
#include "harness/cli/live_line.h"
#include "harness/cli/report_arguments.h"
#include "harness/prove/claim.h"

namespace iff {
namespace {

// As asked for; else the project file where the command was typed; else the default.
std::string SystemFile(const Options& options, const Places& places) {
  std::error_code unknown;
  const std::filesystem::path folder =
      options.folder.empty() ? std::filesystem::current_path(unknown) : std::filesystem::path(options.folder);
  if (options.system.ends_with(".yaml")) return (folder / options.system).lexically_normal().string();
  const std::filesystem::path here = folder / "iff.yaml";
  if (options.system.empty() && std::filesystem::exists(here, unknown)) return here.lexically_normal().string();
  return places.root + "/systems/" + (options.system.empty() ? places.default_system : options.system) + "/system.yaml";
}

// What a mutant that is about the system wants of it.
std::optional<Claim> WrongSystemOf(const Call& call) {
  if (call.options.mutant.empty()) return {};
  const Result<std::vector<Claim>> all = ReadMutants(call.services.places);
  if (!all.ok()) return {};
  for (const Claim& claim : *all) {
    if (claim.name == call.options.mutant && claim.changes_system()) return claim;
  }
  return {};
}

}  // namespace

SessionOptions SessionOptionsFor(const Call& call) {
  const Options& options = call.options;
  SessionOptions session{
      .places = call.services.places, .driver_registry = call.services.driver_registry, .overrides = options.overrides};
  session.search_path = options.search_path;
  // A name nobody has is told where it is used.
  if (const std::optional<Claim> wrong = WrongSystemOf(call)) Apply(*wrong, session);
  session.launchers = {.in = options.in, .target_in = options.target_in};
  if (!options.attached.empty()) session.attached = WhereTyped(options, options.attached);
  session.system_file = SystemFile(options, session.places);
  const std::string& root = session.places.root;
  const std::filesystem::path folder = std::filesystem::path(session.system_file).parent_path();
  const bool shipped = session.system_file.starts_with(root + "/systems/");
  session.places.reports = shipped ? root + "/reports/out" : (folder / "iff-reports").string();
  session.places.known_failures =
      shipped ? root + "/scenarios/known_failures.json" : (folder / "known_failures.json").string();
  if (!options.quiet && !options.json && options.events != "-") {
    session.progress = [&console = call.console](std::string_view line) { console.Say("  " + std::string(line)); };
    session.on_ready = [&console = call.console](const ComponentReady& ready) {
      console.Say("  " + std::string(ready.name) + " is ready after " + std::to_string(ready.took.count() / 1000) +
                  " ms");
    };
  }
  return session;
}

std::string ProgramAsTyped(const Options& options) {
  const char* called = std::getenv("IFF_CALLED");  // by the command `iff`, which sets this program up
  return !options.called.empty() ? options.called : called == nullptr ? "" : called;
}

std::string AsTyped(const std::vector<std::string>& arguments) {
  std::string text = "iff";
  for (const std::string& word : arguments) {
    const bool between_halves =
        word.starts_with("--folder=") || word.starts_with("--called=") || word.starts_with("--search-path=");
    if (!between_halves) text += " " + word;
  }
  return text;
}

std::optional<int> TryResident(const Call& call, bool leaves_at_once) {
  const Options& options = call.options;
  if (WrongSystemOf(call)) return {};
  if (options.fresh || !options.attached.empty() || !options.overrides.empty() || !options.in.empty() ||
      !options.target_in.empty())
    return {};
  std::error_code unknown;
  std::vector<std::string> from_here = call.arguments;
  from_here.push_back("--folder=" + std::filesystem::current_path(unknown).string());
  if (const std::string called = ProgramAsTyped(options); !called.empty()) from_here.push_back("--called=" + called);
  // Servers are started as they would be from here.
  if (const char* path = std::getenv("PATH"); path != nullptr)
    from_here.push_back(std::string("--search-path=") + path);
  const Result<std::optional<int>> answered =
      AskResident(ResidentName(call.services.places.root), from_here,
                  {.interrupted = &call.services.interrupted, .leaves_at_once = leaves_at_once, .on_other_program = [] {
                     std::cerr << "iff: what is up was started by another build of iff, which carries this out: "
                                  "'iff down' and 'iff up' change to this one\n";
                   }});
  if (!answered.ok()) return Complain(call.console, answered.error());
  return *answered;
}

int AskWhatIsUp(const Call& call) {
  const Result<std::optional<int>> answered = AskResident(ResidentName(call.services.places.root), call.arguments);
  if (!answered.ok()) return Complain(call.console, answered.error());
  if (!*answered) {
    if (call.options.json) {
      call.console.Say(DumpPretty({{"components", Json::array()}, {"kept", Json::array()}}));
    } else if (!call.options.quiet) {
      call.console.Say("nothing is up: 'iff up' brings an environment up");
    }
    return 0;
  }
  return **answered;
}

namespace {

constexpr std::uintmax_t kRoomToStart = 1 << 20;  // bytes; a run's folder of logs and sockets is more

// While it lives, Ctrl-C ends the process at once: nothing is lost yet, and the supervisor takes down what was started.
class EndsAtOnce {
 public:
  explicit EndsAtOnce(const Call& call)
      : watcher_([this, &call] {
          (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()),
                           [&]() -> Result<bool> { return over_ || call.services.interrupted; });
          if (over_) return;
          call.console.Show("");
          call.console.Say("interrupted while the environment was brought up");
          _exit(130);
        }) {}
  ~EndsAtOnce() {
    over_ = true;
    watcher_.join();
  }
  EndsAtOnce(const EndsAtOnce&) = delete;
  EndsAtOnce& operator=(const EndsAtOnce&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::thread watcher_;
};

// A program that is not there can be had, and room be made: the drivers know what is missing, and the disk how full it
// is.
Error WithAdvice(const Error& error, const Services& services) {
  if (error.kind() == ErrorKind::kInvalidInput) return error;
  std::error_code unknown;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(unknown);
  const std::filesystem::space_info space = std::filesystem::space(temporary, unknown);
  std::string advice;
  if (!unknown && space.available < kRoomToStart) {
    advice = "the disk of " + temporary.string() + " is full: free some space, or point TMPDIR elsewhere";
  } else if (!MissingParts(services.driver_registry, services.places.cache).empty()) {
    advice = "'./iff run' fetches and builds what is missing; 'iff doctor' tells what that is";
  }
  return advice.empty() ? error : Error(error.kind(), error.message() + "\n" + advice);
}

}  // namespace

Result<std::unique_ptr<Session>> BringUp(const Call& call) {
  const EndsAtOnce on_interrupt(call);
  SessionOptions options = SessionOptionsFor(call);
  // Whoever waits is told for whom.
  std::mutex mutex;
  std::set<std::string> awaited;
  const Result<System> system = LoadSystemFor(options);
  if (system.ok()) {
    for (const ComponentSpec& spec : system->components) {
      if (!spec.per_scenario) awaited.insert(spec.name);
    }
  }
  const bool told = static_cast<bool>(options.progress);
  if (told) {
    options.on_ready = [&, say = std::move(options.on_ready)](const ComponentReady& ready) {
      say(ready);
      const std::lock_guard lock(mutex);
      awaited.erase(std::string(ready.name));
    };
  }
  const std::function<std::string()> line = [&] {
    const std::lock_guard lock(mutex);
    std::string text;
    for (const std::string& name : awaited) text += (text.empty() ? "waiting for " : ", ") + name;
    return (text.empty() ? "connecting the components" : text) + " " + SecondsSince(call.began);
  };
  const LiveLine live(call.console, told ? line : nullptr);
  Result<std::unique_ptr<Session>> session = Session::Start(call.services.probes, std::move(options));
  if (!session.ok()) return WithAdvice(session.error(), call.services);
  // What it was told of ends here.
  (*session)->ForgetProgress();
  return session;
}

int Dispatch(const Services& services, const Parsed& parsed, const std::vector<std::string>& arguments) {
  Console console(STDOUT_FILENO, STDERR_FILENO);
  const Call call{.services = services,
                  .options = parsed.options,
                  .arguments = arguments,
                  .console = console,
                  .cancelled = services.interrupted,
                  .began = services.began};
  if (parsed.action.act) return parsed.action.act(call);
  if (parsed.action.before) {
    if (const std::optional<int> code = parsed.action.before(call)) return *code;
  }
  if (const std::optional<int> code = TryResident(call, parsed.action.leaves_at_once)) return *code;
  if (parsed.action.before_starting) {
    if (const std::optional<int> code = parsed.action.before_starting(call)) return *code;
  }
  Result<std::unique_ptr<Session>> session = BringUp(call);
  if (!session.ok()) return Complain(console, session.error());
  const Session::Work work(**session);
  return parsed.action.on_environment(call, **session);
}

int DispatchHandedOver(const Services& services, Session& session, const std::vector<std::string>& arguments,
                       const AskerEnds& ends, const std::atomic<bool>& hung_up) {
  Console console(ends.out, ends.err);
  const Parsed parsed = ParseCommandLine(arguments);
  if (parsed.exit_code >= 0) {
    console.Say(parsed.text);
    return parsed.exit_code;
  }
  if (!parsed.action.on_environment) {
    return Complain(console,
                    Error(ErrorKind::kInvalidInput, "iff " + parsed.options.command + ": needs no environment"));
  }
  const Call call{.services = services,
                  .options = parsed.options,
                  .arguments = arguments,
                  .console = console,
                  .cancelled = hung_up,
                  .began = std::chrono::steady_clock::now(),
                  .in = ends.in,
                  .handed_over = true};
  int code = 0;
  {
    const Session::Work work(session);
    // What also does something of its own, like 'status', is about whatever is up.
    if (parsed.action.act) {
      code = parsed.action.on_environment(call, session);
    } else {
      const Result<std::unique_ptr<Session>> beside = session.Beside(SessionOptionsFor(call));
      if (!beside.ok()) return Complain(console, beside.error());
      code = parsed.action.on_environment(call, **beside);
    }
  }
  // A large run takes gigabytes for a while; whoever keeps an environment up is not to lend them to it until it goes
  // down.
  (void)malloc_trim(0);
  return code;
}

}  // namespace iff
