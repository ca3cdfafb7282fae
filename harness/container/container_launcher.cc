#include "harness/container/container_launcher.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include "harness/container/container_order.h"
#include "harness/core/log.h"

namespace iff {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// Beyond what the stand-in needs to stop and remove its container.
constexpr std::chrono::seconds kRemovalGrace(20);

std::string ProgramBeside(const char* name) {
  std::error_code failed;
  return (std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / name).string();
}

// "65534:65534": who a process of this spec would be.
Result<std::string> UserOf(const std::string& account) {
  if (account.empty() || geteuid() != 0) return std::to_string(geteuid()) + ":" + std::to_string(getegid());
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  const int failed = getpwnam_r(account.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (failed != 0) return SystemError("look up account " + account, failed);
  if (found == nullptr) return Error(ErrorKind::kInvalidInput, "look up account " + account + ": there is none");
  return std::to_string(entry.pw_uid) + ":" + std::to_string(entry.pw_gid);
}

Json Words(const std::vector<std::string>& texts) {
  Json words = Json::array();
  for (const std::string& text : texts) words.push_back(text);
  return words;
}

// What is prepared is read-only; what is being prepared, which nobody has marked as done, may be written.
void AddShared(const std::string& directory, std::vector<std::string>& binds) {
  namespace fs = std::filesystem;
  std::error_code failed;
  // The engine would make a missing one, and as root.
  if (!fs::is_directory(directory, failed)) return;
  binds.push_back(directory + ":" + directory + ":ro");
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code unknown;
    const std::string path = entry->path().string();
    if (entry->is_directory(unknown) && !fs::exists(path + "/done", unknown)) binds.push_back(path + ":" + path);
  }
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// As for a process of ours: engines have defaults that they may not be allowed to set themselves, such as Podman's
// million open files.
Json Limits() {
  // The kernel's own first number of processes (pid_max), to which Podman lowers itself.
  constexpr rlim_t kMostProcesses = 32768;
  Json limits = Json::array();
  const auto add = [&](const char* name, int resource, rlim_t most) {
    rlimit limit = {};
    if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return;
    limits.push_back({{"Name", name},
                      {"Soft", static_cast<int64_t>(std::min(limit.rlim_cur, most))},
                      {"Hard", static_cast<int64_t>(std::min(limit.rlim_max, most))}});
  };
  add("nofile", RLIMIT_NOFILE, 1 << 20);  // fs.nr_open, as the kernel begins
  add("nproc", RLIMIT_NPROC, kMostProcesses);
  return limits;
}

}  // namespace

Result<std::unique_ptr<ContainerLauncher>> ContainerLauncher::Start(ContainerLauncherOptions options) {
  if (options.stand_in.empty()) options.stand_in = ProgramBeside("iff-container");
  Engine engine(options.engine);
  EngineVersion version = TRY(engine.Version());
  std::set<std::string> images;
  for (const ImageRule& rule : options.rules) {
    if (rule.always) images.insert(rule.image);
  }
  std::string missing;
  for (const std::string& image : images) {
    const std::optional<ImageSummary> there = TRY(engine.FindImage(image));
    if (!there) missing += (missing.empty() ? "" : ", ") + image;
  }
  if (!missing.empty()) return EngineRefusal("look for images: " + missing, 0, "no such image");

  auto launcher = std::unique_ptr<ContainerLauncher>(new ContainerLauncher(std::move(options), std::move(version)));
  launcher->processes_ = TRY(ProcessLauncher::Start(launcher->options_.processes));
  TRY(launcher->StartKeeper());
  return launcher;
}

// Not a child of the supervisor: it is to outlive that as well.
Result<void> ContainerLauncher::StartKeeper() {
  const std::string attempt = "start the keeper of containers";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError(attempt, errno);
  keeper_pipe_ = ends[1];

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  // Through a number above the standard ones: a duplicate of itself would stay closed on exec.
  posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::string program = options_.stand_in;
  std::string verb = "keep";
  // Not in a file of the run directory, which a short run removes before the keeper has read it.
  std::string address = AddressOf(options_.engine);
  std::string run = run_directory();
  char* const argv[] = {program.data(), verb.data(), address.data(), run.data(), nullptr};
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program.c_str(), &files, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  close(ends[0]);
  if (failed != 0) return SystemError("execute " + program, failed).While(attempt);
  keeper_ = pid;
  return {};
}

ContainerLauncher::~ContainerLauncher() {
  processes_.reset();  // stops every stand-in, and that its container
  if (keeper_pipe_ >= 0) close(keeper_pipe_);
  if (keeper_ <= 0) return;
  int status = 0;
  // An engine that does not answer is the keeper's to wait for, not ours.
  const Result<void> ended = Eventually(Deadline::In(std::chrono::seconds(15)), [&]() -> Result<bool> {
    return waitpid(keeper_, &status, WNOHANG) == keeper_;
  });
  if (!ended.ok() || status != 0) {
    Log(LogLevel::kWarning, "containers-left", {{"now", "still being removed"}});
  }
}

Result<Json> ContainerLauncher::Body(const ServiceSpec& spec, const PlacedProgram& placed) const {
  std::map<std::string, std::string> environment = spec.environment;
  // A program named in a variable is the image's, too.
  for (auto& [name, value] : environment) {
    const std::optional<PlacedProgram> other = PlaceOf(value, options_.rules);
    if (other && other->image == placed.image) value = other->program;
  }
  environment.emplace("PATH", kPath);
  environment.emplace("HOME", spec.directory);
  environment.emplace("TMPDIR", spec.directory);
  environment.emplace("LANG", "C.UTF-8");
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);

  std::vector<std::string> binds = {run_directory() + ":" + run_directory() + ":ro"};
  for (const std::string& directory : options_.shared) AddShared(directory, binds);
  binds.push_back(spec.directory + ":" + spec.directory);

  Json host = Json::object();
  host["NetworkMode"] = "host";
  host["ReadonlyRootfs"] = true;
  // Some programs keep to it whatever TMPDIR says. What is bound below it lies over it.
  host["Tmpfs"] = {{"/tmp", "mode=1777"}};
  host["CapDrop"] = Words({"ALL"});
  host["SecurityOpt"] = Words({"no-new-privileges"});
  host["Binds"] = Words(binds);
  host["Memory"] = options_.memory_limit;
  host["PidsLimit"] = options_.process_limit;
  host["Ulimits"] = Limits();
  // What it says goes into the run's evidence and nowhere else.
  host["LogConfig"] = {{"Type", "none"}};

  Json body = Json::object();
  body["Image"] = placed.image;
  body["Entrypoint"] = Words({placed.program});
  body["Cmd"] = Words({spec.argv.begin() + 1, spec.argv.end()});
  body["Env"] = Words(variables);
  body["WorkingDir"] = spec.directory;
  body["User"] = TRY(UserOf(spec.account));
  body["Labels"] = {{kProjectLabel, kProject}, {kRunLabel, run_directory()}, {kServiceLabel, spec.name}};
  body["AttachStdin"] = spec.pipes;
  body["AttachStdout"] = true;
  body["AttachStderr"] = true;
  body["OpenStdin"] = spec.pipes;
  body["StdinOnce"] = spec.pipes;
  // Readiness is found out by us, in the same way as without containers.
  body["Healthcheck"] = {{"Test", Words({"NONE"})}};
  body["HostConfig"] = std::move(host);
  return body;
}

Result<Service> ContainerLauncher::Launch(ServiceSpec spec) {
  if (spec.argv.empty()) return Error(ErrorKind::kInvalidInput, spec.name + ": no program to run");
  const std::optional<PlacedProgram> placed = PlaceOf(spec.argv.front(), options_.rules);
  if (!placed) {
    return Error(ErrorKind::kInvalidInput, spec.name + ": no image holds " + spec.argv.front() +
                                               ": run it beside the containers with --target-in native");
  }
  if (spec.directory.empty()) spec.directory = TRY(processes_->MakeDirectory(spec.name, spec.account));
  ContainerOrder order{.engine = options_.engine};
  order.body = TRY(Body(spec, *placed).While(spec.name));
  const std::string number = std::to_string(++launched_);
  const std::filesystem::path run(run_directory());
  order.name = run.filename().string() + "-" + number + "-" + spec.name;
  order.input = spec.pipes;
  order.stop_signal = spec.stop_signal;
  order.stop_within = spec.stop_within;
  order.failure_file = run_directory() + "/container-" + number + ".failure";
  const std::string file = run_directory() + "/container-" + number + ".order";
  TRY(WriteOrder(order, file).While(spec.name));

  ServiceSpec stand_in = std::move(spec);
  stand_in.argv = {options_.stand_in, "run", file};
  stand_in.environment.clear();
  stand_in.account.clear();
  stand_in.stop_within += kRemovalGrace;
  const std::string name = stand_in.name;
  Result<Service> service = processes_->Launch(std::move(stand_in));
  if (service.ok()) return service;
  // Not "it ended while waiting for ...", but why.
  const std::string why = FirstLine(order.failure_file);
  if (!why.empty()) return Error(ErrorKind::kUnavailable, name + ": " + why);
  return service;
}

}  // namespace iff
