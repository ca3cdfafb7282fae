#include "harness/run/target_process.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "harness/net/http.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

// What stands in a spec for the credential a process is started with, until it is.
constexpr std::string_view kCredentialWord = "${credential}";

// Both ends of a process, which is kept for its log and its end.
class ServiceChannel final : public LineChannel {
 public:
  explicit ServiceChannel(std::shared_ptr<Service> service) : service_(std::move(service)) {}

  Result<void> Write(std::string_view line) override { return service_->WriteLine(line); }
  Result<std::string> Read(Deadline deadline) override { return service_->ReadLine(deadline); }

 private:
  std::shared_ptr<Service> service_;
};

void Replace(std::string& text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// It is neither gone nor stuck: any answer to a request without a credential will do.
bool Answers(const Endpoint& endpoint, const std::string& path) {
  HttpClient client(endpoint);
  const HttpRequest request{.method = "GET", .target = path.empty() ? "/" : path};
  return client.Send(request, Deadline::In(std::chrono::seconds(5))).ok();
}

size_t SizeOf(const std::string& path) {
  std::error_code problem;
  const auto size = path.empty() ? 0 : std::filesystem::file_size(path, problem);
  return problem ? 0 : size;
}

// The settings of a scenario that the target has a variable for. Of several targets the scenario's own is set.
Result<void> AddSettings(const TargetLaunch& launch, const std::map<std::string, std::string>& words,
                         ServiceSpec& spec) {
  const TargetSpec& target = launch.target;
  const std::map<std::string, std::string> none;
  const bool own = target.name == launch.scenario.target;
  for (const auto* settings : {&launch.scenario.relaxed, own ? &launch.scenario.settings : &none}) {
    for (const auto& [name, value] : *settings) {
      const auto variable = target.settings.find(name);
      if (variable == target.settings.end()) continue;
      std::string& set = spec.environment[variable->second];
      const auto meant = target.setting_words.find(name);
      if (meant == target.setting_words.end()) {
        set = value;
      } else if (const auto word = meant->second.find(value); word != meant->second.end()) {
        set = TRY(Substitute(word->second, launch.outputs, words).While("target " + target.name + ": " + name));
      }
    }
  }
  return {};
}

}  // namespace

Result<void> TargetProcess::Hold(const RunContext& context, const TargetSpec& target, bool tls) {
  launcher_ = &context.target_launcher;
  name_ = target.name;
  transport_ = target.transport;
  first_.port = TRY(HeldPort::Acquire().While("hold a port for the target"));
  first_.endpoint = first_.port->endpoint();
  directory_ = TRY(context.launcher.MakeDirectory("target-" + target.name, ""));
  if (tls) first_.endpoint.scheme = "https";
  return {};
}

Result<void> TargetProcess::Launch(const TargetLaunch& launch) {
  TargetLaunch all = launch;
  all.words["first_port"] = std::to_string(first_.endpoint.port);
  all.words["credential"] = std::string(kCredentialWord);
  first_.spec = TRY(SpecOf(all, first_, directory_, 1));
  for (int64_t number = 2; number <= launch.target.replicas; ++number) {
    auto replica = std::make_unique<Replica>();
    replica->port = TRY(HeldPort::Acquire().While("hold a port for a replica of the target"));
    replica->endpoint = replica->port->endpoint();
    replica->endpoint.scheme = first_.endpoint.scheme;
    const std::string name = "target-" + name_ + "-" + std::to_string(number);
    replica->spec = TRY(SpecOf(all, *replica, TRY(launch.context.launcher.MakeDirectory(name, "")), number));
    others_.push_back(std::move(replica));
  }
  return transport_ == Transport::kStdio ? Result<void>() : Start(Until::kReady);
}

Result<ServiceSpec> TargetProcess::SpecOf(const TargetLaunch& launch, Replica& replica, const std::string& directory,
                                          int64_t number) {
  const TargetSpec& target = launch.target;
  const RunContext& context = launch.context;
  std::map<std::string, std::string> words = launch.words;
  words["port"] = std::to_string(replica.endpoint.port);
  words["directory"] = directory;
  words["replica"] = std::to_string(number);
  const auto filled = [&](const std::string& text, const std::string& what) {
    return Substitute(text, launch.outputs, words).While("target " + target.name + ": " + what);
  };
  replica.audit = TRY(filled(target.audit, "audit"));
  ServiceSpec spec{.name = "target-" + target.name, .directory = directory};
  if (number > 1) spec.name += "-" + words["replica"];
  for (const auto& [name, value] : target.environment) spec.environment[name] = TRY(filled(value, name));
  if (!context.search_path.empty()) spec.environment.emplace("PATH", context.search_path);
  if (launch.scenario.tls) {
    for (const auto& [name, value] : target.tls) spec.environment[name] = TRY(filled(value, name));
  }
  TRY(AddSettings(launch, words, spec));
  for (const std::string& word : target.command) spec.argv.push_back(TRY(filled(word, "command")));
  if (!context.substitute.empty()) {
    spec.argv = context.substitute;
    for (std::string& word : spec.argv) {
      if (word == "{target}") word = target.name;
    }
  }
  // Ours lie beside us; another's are found on PATH or given as a path.
  const std::string ours = context.bin_directory + "/" + spec.argv.front();
  if (std::filesystem::exists(ours)) spec.argv.front() = ours;
  if (target.transport == Transport::kStdio) {
    spec.pipes = true;  // and ready once it shakes hands
  } else if (target.ready.empty() || launch.scenario.tls) {
    spec.ready = TcpOpen{.endpoint = replica.endpoint};
  } else {
    spec.ready = HttpOk{.endpoint = replica.endpoint, .target = target.ready};
  }
  spec.ready_within = std::chrono::seconds(40);
  spec.stop_signal = target.stop_signal;
  spec.stop_within = target.stop_within;
  return spec;
}

Result<void> TargetProcess::Start(Until until) {
  const auto start = [&](Replica& replica, const std::string& what) -> Result<void> {
    ServiceSpec spec = replica.spec;
    if (until == Until::kListening) spec.ready = TcpOpen{.endpoint = replica.endpoint};
    replica.service = TRY(launcher_->Launch(spec).While("launch " + what));
    return {};
  };
  TRY(start(first_, "target " + name_));
  started_ = std::chrono::steady_clock::now();
  for (const auto& replica : others_) TRY(start(*replica, replica->spec.name));
  return {};
}

Result<void> TargetProcess::Relaunch(Until until) {
  // Also where it did not get ready the last time.
  if (first_.spec.argv.empty()) return Error(ErrorKind::kRefused, "target " + name_ + " is not ours to start anew");
  Stop();
  relaunched_ = true;
  logged_before_ = 0;
  return transport_ == Transport::kStdio ? Result<void>() : Start(until);
}

Result<std::unique_ptr<LineChannel>> TargetProcess::StartFor(const std::string& persona, const Secret& shown) {
  ServiceSpec spec = first_.spec;
  spec.name += "-" + persona;
  // Where such a server looks for it: the process is the person's own, and so is its environment.
  for (auto& [name, value] : spec.environment) Replace(value, kCredentialWord, shown.Reveal());
  for (std::string& word : spec.argv) Replace(word, kCredentialWord, shown.Reveal());
  auto service = std::make_shared<Service>(
      TRY(launcher_->Launch(std::move(spec)).While("launch target " + name_ + " for " + persona)));
  const std::lock_guard lock(mutex_);
  personal_.push_back(service);
  return std::unique_ptr<LineChannel>(std::make_unique<ServiceChannel>(std::move(service)));
}

void TargetProcess::Stop() {
  {
    const std::lock_guard lock(mutex_);
    personal_.clear();
  }
  if (first_.service) first_.service->Stop();
  first_.service.reset();
  for (const auto& replica : others_) replica->service.reset();
}

std::vector<std::pair<std::string, Endpoint>> TargetProcess::others() const {
  std::vector<std::pair<std::string, Endpoint>> all;
  for (const auto& replica : others_) all.emplace_back(replica->spec.name, replica->endpoint);
  return all;
}

std::vector<Service*> TargetProcess::services() {
  std::vector<Service*> all;
  if (first_.service) all.push_back(&*first_.service);
  for (const auto& replica : others_) {
    if (replica->service) all.push_back(&*replica->service);
  }
  return all;
}

std::optional<std::string> TargetProcess::Exited() const {
  if (first_.service) {
    for (const auto& replica : others_) {
      if (!replica->service) continue;
      if (const auto ended = replica->service->exited()) return replica->spec.name + ": " + *ended;
    }
    return first_.service->exited();
  }
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Service>& process : personal_) {
    if (const auto ended = process->exited()) return ended;
  }
  return {};
}

std::string TargetProcess::Log() const {
  std::string log;
  if (first_.service) {
    log = first_.service->LogSince(logged_before_);
    for (const auto& replica : others_) {
      if (replica->service) log += replica->service->LogSince(0);
    }
    return log;
  }
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Service>& process : personal_) log += process->LogSince(0);
  return log;
}

Result<std::string> TargetProcess::SearchableLog() const {
  const std::string log = Log();
  if (!log.empty()) return log;
  // A server may say nothing: what it wrote is all there, and it is empty. That it is could also mean that nobody can
  // read it.
  const std::lock_guard lock(mutex_);
  std::vector<const Service*> processes;
  if (first_.service) processes.push_back(&*first_.service);
  for (const auto& replica : others_) {
    if (replica->service) processes.push_back(&*replica->service);
  }
  for (const std::shared_ptr<Service>& process : personal_) processes.push_back(process.get());
  if (processes.empty()) return Error(ErrorKind::kUnavailable, "no process of it was started");
  for (const Service* process : processes) {
    if (access(process->log_path().c_str(), R_OK) != 0) return SystemError("read the log of " + process->name(), errno);
  }
  return log;
}

std::string TargetProcess::Audit() const {
  std::string audit;
  if (!first_.audit.empty()) {
    audit = WholeFile(first_.audit);
    audit.erase(0, std::min(audited_before_, audit.size()));
  }
  for (const auto& replica : others_) {
    if (!replica->audit.empty()) audit += WholeFile(replica->audit);
  }
  return audit;
}

void TargetProcess::BeginScenario() {
  logged_before_ = first_.service ? first_.service->LogSize() : 0;
  audited_before_ = SizeOf(first_.audit);
}

void TargetProcess::NoteServed(const std::string& scenario, const std::vector<Principal>& met, bool failed) {
  served_.push_back(scenario);
  served_a_failure_ = served_a_failure_ || failed;
  for (const Principal& principal : met) met_.insert(principal.tag);
}

bool TargetProcess::MayServeAnother(const std::string& path) const {
  return first_.service && others_.empty() && !relaunched_ && !first_.service->exited() &&
         Answers(first_.endpoint, path) && own_->Check().ok();
}

}  // namespace iff
