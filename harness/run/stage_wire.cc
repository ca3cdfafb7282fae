// How a stage reaches its target: over HTTP, through a stream, or through a process for each person.
#include "harness/run/stage.h"

namespace iff {
namespace {

// Both ends of a process; the stage keeps it, for its log and its end.
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

}  // namespace

std::unique_ptr<Wire> Stage::MakeWire() {
  switch (target_->transport) {
    case Transport::kHttp: break;
    case Transport::kSse: return MakeSseWire(target_endpoint_, target_->path);
    case Transport::kStdio: return MakeStdioWire([this](const std::string& role) { return StartProcess(role); });
  }
  return MakeHttpWire(target_endpoint_);
}

std::string Stage::Negotiated(const std::string& credential, const std::string& revision) {
  const Result<Connection*> connection = ConnectionFor(revision);
  return connection.ok() ? (*connection)->Negotiated(IdentityOf({.with = credential})) : "";
}

std::string Stage::IdentityOf(const Sending& sending) {
  if (target_->transport != Transport::kStdio) return sending.session_of.empty() ? sending.with : sending.session_of;
  const Credential* credential = sending.with.empty() ? nullptr : FindCredential(sending.with);
  if (credential == nullptr) return "";
  const std::lock_guard lock(mutex_);
  started_with_.emplace(credential->subject, sending.with);
  return credential->subject;
}

Result<std::unique_ptr<LineChannel>> Stage::StartProcess(const std::string& role) {
  std::optional<Credential> credential;
  {
    const std::lock_guard lock(mutex_);
    const auto name = started_with_.find(role);
    if (name != started_with_.end()) credential = credentials_.at(name->second);
  }
  if (!credential) return Error(ErrorKind::kInternal, "nobody called '" + role + "' has shown a credential");
  ServiceSpec spec = target_spec_;
  spec.name += "-" + role;
  // Where such a server looks for it: the process is the person's own, and so is its environment.
  for (auto& [name, value] : spec.environment) Replace(value, kCredentialWord, credential->value.Reveal());
  for (std::string& word : spec.argv) Replace(word, kCredentialWord, credential->value.Reveal());
  auto service = std::make_shared<Service>(
      TRY(ground_.target_launcher.Launch(std::move(spec)).While("launch target " + target_->name + " for " + role)));
  const std::lock_guard lock(mutex_);
  processes_.push_back(service);
  return std::unique_ptr<LineChannel>(std::make_unique<ServiceChannel>(std::move(service)));
}

std::optional<std::string> Stage::TargetExited() const {
  if (service_) return service_->exited();
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Service>& process : processes_) {
    if (const auto ended = process->exited()) return ended;
  }
  return {};
}

std::string Stage::TargetLog() const {
  if (service_) return service_->LogSince(0);
  std::string log;
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Service>& process : processes_) log += process->LogSince(0);
  return log;
}

}  // namespace iff
