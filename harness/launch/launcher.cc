#include "harness/launch/launcher.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "harness/core/log.h"
#include "harness/launch/attempt.h"
#include "harness/launch/proc.h"
#include "harness/launch/readiness.h"
#include "harness/launch/service_state.h"
#include "harness/launch/wire.h"

namespace iff {
namespace {

// To fork and exec, or to make a directory: milliseconds, unless the machine is drowning.
constexpr std::chrono::seconds kSpawnPatience = std::chrono::seconds(30);
// The supervisor's whole clean-up, its waits for hanging processes included.
constexpr std::chrono::seconds kLeavePatience = std::chrono::seconds(40);

constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};
};

std::string EnvironmentOr(const char* name, const char* fallback) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

Result<Account> FindAccount(const std::string& name) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  const int failed = getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (failed != 0) return SystemError("look up account " + name, failed);
  if (found == nullptr) return Error(ErrorKind::kInvalidInput, "look up account " + name + ": there is none");
  Account account{.uid = entry.pw_uid, .gid = entry.pw_gid};
  int count = 64;
  account.groups.resize(static_cast<size_t>(count));
  if (getgrouplist(name.c_str(), entry.pw_gid, account.groups.data(), &count) < 0) {
    account.groups.resize(static_cast<size_t>(count));
    getgrouplist(name.c_str(), entry.pw_gid, account.groups.data(), &count);
  }
  account.groups.resize(static_cast<size_t>(count));
  return account;
}

// Only root can become someone else; anyone else runs services as themselves.
Result<std::optional<Account>> AccountToBecome(const std::string& name) {
  if (name.empty() || geteuid() != 0) return std::optional<Account>();
  return std::optional<Account>(TRY(FindAccount(name)));
}

// Where programs of `spec` are looked for: ours, unless it has one of its own.
std::string SearchPath(const ServiceSpec& spec) {
  const auto own = spec.environment.find("PATH");
  return own == spec.environment.end() ? EnvironmentOr("PATH", kDefaultPath) : own->second;
}

// The absolute path of argv[0]; the child's working directory is not ours.
Result<std::string> FindProgram(const ServiceSpec& spec) {
  std::error_code failed;
  const std::string& name = spec.argv.front();
  if (name.find('/') != std::string::npos) return std::filesystem::absolute(name, failed).string();
  const std::string path = SearchPath(spec);
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = path.substr(begin, end - begin) + "/" + name;
    struct stat status{};
    const bool runs = access(candidate.c_str(), X_OK) == 0 && stat(candidate.c_str(), &status) == 0;
    if (runs && S_ISREG(status.st_mode)) return std::filesystem::absolute(candidate, failed).string();
    begin = end + 1;
  }
  return Error(ErrorKind::kInvalidInput, "find " + name + ": not on PATH (" + path + ")");
}

std::vector<std::string> ChildEnvironment(const ServiceSpec& spec, const std::string& directory) {
  std::map<std::string, std::string> all = spec.environment;
  all.emplace("PATH", SearchPath(spec));
  all.emplace("HOME", directory);
  all.emplace("TMPDIR", directory);
  all.emplace("LANG", "C.UTF-8");
  std::vector<std::string> texts;
  for (const auto& [name, value] : all) texts.push_back(name + "=" + value);
  return texts;
}

struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};

Result<SocketPair> MakeSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return SystemError("make a socket pair", errno);
  SocketPair pair{.ours = Descriptor(ends[0]), .theirs = Descriptor(ends[1])};
  // Clear of the standard streams, should one of ours be closed: the supervisor's take their place.
  if (ends[1] <= STDERR_FILENO) pair.theirs = Descriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, wire::kControl));
  if (!pair.theirs.open()) return SystemError("make a socket pair", errno);
  return pair;
}

struct PipePair {
  Descriptor read_end;
  Descriptor write_end;
};

Result<PipePair> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
  return PipePair{.read_end = Descriptor(ends[0]), .write_end = Descriptor(ends[1])};
}

// A name that makes a file of the run directory and nothing else.
Result<void> CheckName(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos || name == "supervisor" ||
      name.find('\0') != std::string_view::npos || name.size() > 100) {
    return Error(ErrorKind::kInvalidInput, "name \"" + std::string(name) + "\" is not a plain file name");
  }
  return {};
}

std::string ProgramBeside(const char* name) {
  std::error_code failed;
  return (std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / name).string();
}

// With its end of `control` and nothing else of ours but standard error.
Result<pid_t> StartSupervisor(const std::string& program, const std::string& base, int control) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, control, wire::kControl);
  posix_spawn_file_actions_addclosefrom_np(&files, wire::kControl + 1);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // Blocked until it can deal with them; a session of its own, away from the terminal's interrupts.
  sigset_t every;
  sigfillset(&every);
  posix_spawnattr_setsigmask(&attributes, &every);
  posix_spawnattr_setsigdefault(&attributes, &every);
  posix_spawnattr_setflags(&attributes,
                           static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  char* const argv[] = {const_cast<char*>(program.c_str()), const_cast<char*>(base.c_str()), nullptr};
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program.c_str(), &files, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return SystemError("execute " + program, failed);
  return pid;
}

}  // namespace

struct ProcessLauncher::State {
  ~State();

  // "vault", then "vault-2", "vault-3": `make` answers 0, or errno. None is given twice, and the search begins where
  // the last one ended: a night's thousands of launches would otherwise try thousands of names each.
  Result<std::string> MakeNumbered(const std::string& stem, std::string_view suffix,
                                   const std::function<int(const std::string&)>& make);
  Result<std::string> MakeDirectory(std::string_view name, const std::optional<Account>& account);
  // Opens a new log file for `service` and remembers its path there.
  Result<Descriptor> OpenLog(Service::State& service, const std::optional<Account>& account);
  Result<void> Spawn(Service::State& service);

  pid_t supervisor = -1;
  Descriptor control;
  std::string run_directory = {};

  std::mutex mutex;  // guards what is below
  std::vector<std::weak_ptr<Service::State>> services = {};
  std::map<std::string, int> numbers = {};  // the last one given, by stem and suffix
};

ProcessLauncher::State::~State() {
  if (supervisor <= 0) return;
  std::vector<std::shared_ptr<Service::State>> left;
  for (const auto& service : services) {
    if (auto alive = service.lock()) left.push_back(std::move(alive));
  }
  for (const auto& service : left) service->RequestStop();
  for (const auto& service : left) service->AwaitStop();
  left.clear();

  shutdown(control.get(), SHUT_WR);
  if (!AwaitReadable(control.get(), Deadline::In(kLeavePatience))) {
    Log(LogLevel::kWarning, "supervisor-not-ended", {{"pid", std::to_string(supervisor)}});
    kill(supervisor, SIGKILL);
  }
  while (waitpid(supervisor, nullptr, 0) < 0 && errno == EINTR) {
  }
  // Only if the supervisor was killed.
  const std::error_code failed = RemoveTree(run_directory);
  if (failed) Log(LogLevel::kWarning, "directory-not-removed", {{"path", run_directory}, {"reason", failed.message()}});
}

Result<std::string> ProcessLauncher::State::MakeNumbered(const std::string& stem, std::string_view suffix,
                                                         const std::function<int(const std::string&)>& make) {
  constexpr int kMost = 10'000'000;
  const std::string key = stem + std::string(suffix);
  int number = 0;
  {
    const std::lock_guard lock(mutex);
    number = numbers[key];
  }
  while (++number < kMost) {
    const std::string path = (number == 1 ? stem : stem + "-" + std::to_string(number)) + std::string(suffix);
    const int failed = make(path);
    if (failed == EEXIST) continue;
    if (failed != 0) return SystemError("create " + path, failed);
    const std::lock_guard lock(mutex);
    numbers[key] = std::max(numbers[key], number);
    return path;
  }
  return Error(ErrorKind::kInternal, "create " + stem + ": all numbers are taken");
}

Result<std::string> ProcessLauncher::State::MakeDirectory(std::string_view name,
                                                          const std::optional<Account>& account) {
  TRY(CheckName(name));
  const std::string path = TRY(MakeNumbered(run_directory + "/" + std::string(name), "", [](const std::string& tried) {
    return mkdir(tried.c_str(), 0700) == 0 ? 0 : errno;
  }));
  if (account && chown(path.c_str(), account->uid, account->gid) != 0) return SystemError("give away " + path, errno);
  return path;
}

Result<Descriptor> ProcessLauncher::State::OpenLog(Service::State& service, const std::optional<Account>& account) {
  Descriptor log;
  const auto create = [&log](const std::string& tried) {
    log = Descriptor(open(tried.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    return log.open() ? 0 : errno;
  };
  service.log_path = TRY(MakeNumbered(run_directory + "/" + service.spec.name, ".log", create));
  // A program that opens /dev/stderr opens this file anew.
  if (account && fchown(log.get(), account->uid, account->gid) != 0) {
    return SystemError("give away " + service.log_path, errno);
  }
  return log;
}

Result<void> ProcessLauncher::State::Spawn(Service::State& service) {
  const ServiceSpec& spec = service.spec;
  TRY(CheckName(spec.name));
  if (spec.argv.empty()) return Error(ErrorKind::kInvalidInput, "no program to run");
  const std::optional<Account> account = TRY(AccountToBecome(spec.account));
  wire::Spawn order;
  order.program = TRY(FindProgram(spec));
  service.owns_directory = spec.directory.empty();
  service.directory = service.owns_directory ? TRY(MakeDirectory(spec.name, account)) : spec.directory;
  const Descriptor log = TRY(OpenLog(service, account));
  SocketPair sockets = TRY(MakeSocketPair());

  order.name = spec.name;
  order.argv = spec.argv;
  order.environment = ChildEnvironment(spec, service.directory);
  order.directory = service.directory;
  order.stop_signal = spec.stop_signal;
  order.pipes = spec.pipes;
  if (account) {
    order.switch_account = true;
    order.uid = account->uid;
    order.gid = account->gid;
    order.groups = account->groups;
  }
  std::vector<int> descriptors = {sockets.theirs.get(), log.get()};
  PipePair input;
  PipePair output;
  if (spec.pipes) {
    input = TRY(MakePipe());
    output = TRY(MakePipe());
    descriptors.push_back(input.read_end.get());
    descriptors.push_back(output.write_end.get());
  }
  const std::string bytes = wire::Encode(order);
  if (bytes.size() > wire::kMaxPacket) {
    return Error(ErrorKind::kInvalidInput, "arguments and environment take " + std::to_string(bytes.size()) +
                                               " bytes, more than " + std::to_string(wire::kMaxPacket));
  }
  const int failed = wire::Send(control.get(), bytes, descriptors);
  if (failed == EPIPE || failed == ECONNRESET) return Error(ErrorKind::kUnavailable, "supervisor died");
  if (failed != 0) return SystemError("ask the supervisor", failed);
  sockets.theirs.Close();

  service.keeper = std::move(sockets.ours);
  if (spec.pipes) {
    service.input = std::move(input.write_end);
    service.output = std::move(output.read_end);
    fcntl(service.input.get(), F_SETFL, O_NONBLOCK);
    fcntl(service.output.get(), F_SETFL, O_NONBLOCK);
  }
  if (!AwaitReadable(service.keeper.get(), Deadline::In(kSpawnPatience))) {
    return Error(ErrorKind::kTimeout, "the supervisor did not answer");
  }
  const std::optional<std::string> ended = service.Ended();
  const std::optional<wire::Note>& start = service.start;
  if (!start) return Error(ErrorKind::kUnavailable, ended.value_or("the supervisor did not answer"));
  if (start->kind == wire::Kind::kFailed) return SystemError(start->text, static_cast<int>(start->number));
  service.pid = static_cast<int>(start->number);
  return {};
}

ProcessLauncher::ProcessLauncher(std::shared_ptr<State> state) : state_(std::move(state)) {}
ProcessLauncher::~ProcessLauncher() = default;

Result<std::unique_ptr<ProcessLauncher>> ProcessLauncher::Start(ProcessLauncherOptions options) {
  const std::string attempt = "start the supervisor";
  if (options.supervisor.empty()) options.supervisor = ProgramBeside("iff-supervisor");
  if (options.base_directory.empty()) options.base_directory = EnvironmentOr("TMPDIR", "/tmp");
  SocketPair sockets = TRY(MakeSocketPair().While(attempt));
  auto state = std::make_shared<State>();
  const pid_t pid =
      TRY(StartSupervisor(options.supervisor, options.base_directory, sockets.theirs.get()).While(attempt));
  sockets.theirs.Close();
  const bool answered = AwaitReadable(sockets.ours.get(), Deadline::In(kSpawnPatience));
  const wire::Packet packet = wire::Receive(sockets.ours.get());
  const std::optional<wire::Note> note = wire::DecodeNote(packet.bytes);
  if (!note || note->kind != wire::Kind::kReady) {
    if (!answered) kill(pid, SIGKILL);
    sockets.ours.Close();
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (!answered) return Error(ErrorKind::kTimeout, attempt + ": " + options.supervisor + " did not answer");
    if (!note) return Error(ErrorKind::kUnavailable, attempt + ": " + options.supervisor + " died");
    return SystemError(note->text, static_cast<int>(note->number)).While(attempt);
  }
  state->supervisor = pid;
  state->control = std::move(sockets.ours);
  state->run_directory = note->text;
  return std::unique_ptr<ProcessLauncher>(new ProcessLauncher(std::move(state)));
}

Result<Service> ProcessLauncher::Launch(ServiceSpec spec) {
  const std::shared_ptr<Attempt> attempt = spec.attempt;
  const auto given_up = [](const std::string& name) {
    return Error(ErrorKind::kUnavailable, name + ": not launched, what it is for was given up");
  };
  if (attempt && attempt->given_up()) return given_up(spec.name);
  auto service = std::make_shared<Service::State>();
  service->spec = std::move(spec);
  {
    const std::lock_guard lock(state_->mutex);
    std::erase_if(state_->services, [](const auto& known) { return known.expired(); });
    state_->services.push_back(service);
  }
  TRY(state_->Spawn(*service).While(service->spec.name));
  Service started(service);
  if (attempt && !attempt->Add(service)) return given_up(started.name());
  TRY(AwaitReady(started, service->spec.ready, service->spec.ready_within));
  return started;
}

const std::string& ProcessLauncher::run_directory() const { return state_->run_directory; }

Result<std::string> ProcessLauncher::MakeDirectory(std::string_view name, std::string_view account) {
  const std::optional<Account> owner = TRY(AccountToBecome(std::string(account)));
  return state_->MakeDirectory(name, owner);
}

}  // namespace iff
