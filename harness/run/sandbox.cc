#include "harness/run/sandbox.h"

#include <algorithm>
#include <filesystem>

#include "harness/environment/drivers.h"
#include "harness/run/needs.h"

namespace iff {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::Set(const RunContext& context, const Scenario& scenario,
                                              const std::vector<std::string>& gated, People people, TargetReuse reuse) {
  auto sandbox = std::unique_ptr<Sandbox>(new Sandbox(context));
  sandbox->shares_ = people == People::kShared && context.people != nullptr;
  const auto target = context.system.targets.find(scenario.target);
  if (target == context.system.targets.end()) {
    return Error(ErrorKind::kInvalidInput, "no target called '" + scenario.target + "'");
  }
  sandbox->target_ = &target->second;
  sandbox->targets_ = reuse.pool;
  sandbox->target_key_ = reuse.key;
  sandbox->scenario_id_ = scenario.id;
  if (reuse.running != nullptr) {
    sandbox->TakeOver(*reuse.running);
    TRY(sandbox->Cast(scenario));
    TRY(sandbox->Provision().While("provision"));
    TRY(sandbox->Plant());
    return sandbox;
  }
  std::vector<ComponentSpec> own;
  for (const ComponentSpec& spec : context.system.components) {
    if (spec.per_scenario) own.push_back(spec);
  }
  // What believes the run's issuers, and issuers of the scenario's own.
  Keyring keys;
  for (Component* component : context.environment.components()) {
    if (const auto* held = dynamic_cast<IssuerKeys*>(component)) keys.Put(component->name(), held->signing_key());
  }
  TRY(Environment::PrepareKeys(own, context.driver_registry, keys));
  sandbox->own_ = TRY(
      Environment::Start(
          own, context.driver_registry, context.launcher, keys,
          {.born = [&redactor = context.redactor](
                       const Secret& secret, std::string_view alias) { redactor.Register(secret, std::string(alias)); },
           .outer = &context.environment.outputs()})
          .While("start the scenario's components"));
  TRY(sandbox->Cast(scenario));
  TRY(sandbox->Provision().While("provision"));
  std::vector<std::string> before = gated;
  if (LooksBehind(scenario) && target->second.url.empty()) sandbox->WatchAll(before);
  for (const std::string& name : before) {
    Component* component = sandbox->own_->FindComponent(name);
    if (component == nullptr) component = context.environment.FindComponent(name);
    if (component == nullptr) return Error(ErrorKind::kInvalidInput, "no component called '" + name + "'");
    const Driver* driver = DriverOf(context.driver_registry, context.system, name);
    const bool startups = driver != nullptr && driver->speech.protocol == Protocol::kStartups;
    sandbox->gates_[name] =
        TRY(Gate::Open(component->endpoint(), startups ? GateReads::kStartups : GateReads::kRequests)
                .While("open a gate before " + name));
    Gate& gate = *sandbox->gates_[name];
    if (sandbox->arrivals_ != nullptr) {
      gate.Watch([arrivals = sandbox->arrivals_.get(), name](const Passage& passage) { arrivals->Add(name, passage); });
    }
  }
  TRY(sandbox->LaunchTarget(scenario));
  TRY(sandbox->Plant());
  return sandbox;
}

Sandbox::~Sandbox() {
  processes_.clear();
  if (!ReturnTarget()) {
    connections_.clear();
    if (service_) service_->Stop();
    service_.reset();
    replicas_.clear();
  }
  gates_.clear();
  PartWithPeople();
  own_.reset();
}

Result<void> Sandbox::LaunchTarget(const Scenario& scenario) {
  if (!target_->url.empty()) {
    const Url url = TRY(ParseUrl(target_->url).While("target " + target_->name));
    target_endpoint_ = url.endpoint;
    // What is said in words of a launch leads nowhere.
    if (target_->audit.starts_with("/")) target_audit_ = target_->audit;
    return {};
  }
  target_port_ = TRY(HeldPort::Acquire().While("hold a port for the target"));
  target_endpoint_ = target_port_->endpoint();
  target_directory_ = TRY(context_.launcher.MakeDirectory("target-" + target_->name, ""));

  std::map<std::string, Outputs> outputs = own_->outputs();
  for (const auto& [name, gate] : gates_) {
    Component* component = own_->FindComponent(name);
    if (component == nullptr) component = context_.environment.FindComponent(name);
    outputs[name] = Routed(outputs[name], component->endpoint(), gate->endpoint());
  }
  std::map<std::string, std::string> words = {{"here", context_.system.folder},
                                              {"tools", context_.tools_directory},
                                              {"keys", target_directory_ + "/keys.json"},
                                              {"key", KeyOfFirst()},
                                              {"first_port", std::to_string(target_endpoint_.port)},
                                              {"credential", std::string(kCredentialWord)}};
  if (scenario.tls) words.merge(MakeCertificates());
  TRY(WriteKeys());
  const ProcessPlace first{.directory = target_directory_, .endpoint = target_endpoint_};
  target_spec_ = TRY(SpecAt(first, scenario, outputs, words, target_audit_));
  for (int64_t number = 2; number <= target_->replicas; ++number) {
    auto replica = std::make_unique<Replica>();
    replica->port = TRY(HeldPort::Acquire().While("hold a port for a replica of the target"));
    replica->endpoint = replica->port->endpoint();
    replica->endpoint.scheme = target_endpoint_.scheme;
    const std::string name = "target-" + target_->name + "-" + std::to_string(number);
    const ProcessPlace place{
        .replica = number, .directory = TRY(context_.launcher.MakeDirectory(name, "")), .endpoint = replica->endpoint};
    replica->spec = TRY(SpecAt(place, scenario, outputs, words, replica->audit));
    replicas_.push_back(std::move(replica));
  }
  return target_->transport == Transport::kStdio ? Result<void>() : StartTarget(target_spec_);
}

Result<ServiceSpec> Sandbox::SpecAt(const ProcessPlace& place, const Scenario& scenario,
                                    const std::map<std::string, Outputs>& outputs,
                                    std::map<std::string, std::string> words, std::string& audit) const {
  words["port"] = std::to_string(place.endpoint.port);
  words["directory"] = place.directory;
  words["replica"] = std::to_string(place.replica);
  audit = TRY(Substitute(target_->audit, outputs, words).While("target " + target_->name + ": audit"));
  ServiceSpec spec{.name = "target-" + target_->name, .directory = place.directory};
  if (place.replica > 1) spec.name += "-" + words["replica"];
  for (const auto* variables : {&target_->environment, scenario.tls ? &target_->tls : nullptr}) {
    if (variables == nullptr) continue;
    for (const auto& [name, value] : *variables) {
      spec.environment[name] = TRY(Substitute(value, outputs, words).While("target " + target_->name + ": " + name));
    }
  }
  for (const auto* settings : {&scenario.relaxed, &scenario.settings}) {
    for (const auto& [name, value] : *settings) {
      const auto variable = target_->settings.find(name);
      if (variable == target_->settings.end()) continue;
      std::string& set = spec.environment[variable->second];
      const auto meant = target_->setting_words.find(name);
      if (meant == target_->setting_words.end()) {
        set = value;
      } else if (const auto word = meant->second.find(value); word != meant->second.end()) {
        set = TRY(Substitute(word->second, outputs, words).While("target " + target_->name + ": " + name));
      }
    }
  }
  for (const std::string& word : target_->command) {
    spec.argv.push_back(TRY(Substitute(word, outputs, words).While("target " + target_->name + ": command")));
  }
  if (!context_.substitute.empty()) {
    spec.argv = context_.substitute;
    for (std::string& word : spec.argv) {
      if (word == "{target}") word = target_->name;
    }
  }
  const bool processes = target_->transport == Transport::kStdio;
  // Ours lie beside us; another's are found on PATH or given as a path.
  const std::string ours = context_.bin_directory + "/" + spec.argv.front();
  if (std::filesystem::exists(ours)) spec.argv.front() = ours;
  if (processes) {
    spec.pipes = true;  // and ready once it shakes hands
  } else if (target_->ready.empty() || scenario.tls) {
    spec.ready = TcpOpen{.endpoint = place.endpoint};
  } else {
    spec.ready = HttpOk{.endpoint = place.endpoint, .target = target_->ready};
  }
  spec.ready_within = std::chrono::seconds(40);
  spec.stop_signal = target_->stop_signal;
  spec.stop_within = target_->stop_within;
  return spec;
}

Result<void> Sandbox::StartTarget(const ServiceSpec& spec) {
  service_ = TRY(context_.target_launcher.Launch(spec).While("launch target " + target_->name));
  target_started_ = steady_clock::now();
  for (const auto& replica : replicas_) {
    ServiceSpec own = replica->spec;
    if (std::holds_alternative<TcpOpen>(spec.ready)) own.ready = TcpOpen{.endpoint = replica->endpoint};
    replica->service = TRY(context_.target_launcher.Launch(own).While("launch " + own.name));
  }
  return {};
}

Result<void> Sandbox::Relaunch(Until until) {
  // Also where it did not get ready the last time.
  if (target_spec_.argv.empty())
    return Error(ErrorKind::kRefused, "target " + target_->name + " is not ours to start anew");
  const bool processes = target_->transport == Transport::kStdio;
  {
    const std::lock_guard lock(mutex_);
    connections_.clear();
    processes_.clear();
    started_with_.clear();
  }
  if (service_) service_->Stop();
  service_.reset();
  for (const auto& replica : replicas_) replica->service.reset();
  relaunched_ = true;
  logged_before_ = 0;
  ServiceSpec spec = target_spec_;
  if (until == Until::kListening) spec.ready = TcpOpen{.endpoint = target_endpoint_};
  if (!processes) TRY(StartTarget(spec));
  return until == Until::kListening ? Result<void>() : Plant();
}

int64_t Sandbox::ElapsedUs() const { return duration_cast<microseconds>(steady_clock::now() - began_).count(); }

std::vector<NamedText> Sandbox::Names() const {
  std::vector<NamedText> names;
  for (const Principal& principal : principals_) {
    names.push_back({principal.tag, principal.persona + ".tag"});
    names.push_back(
        {principal.name.substr(principal.persona.size() + 1), principal.persona + ".tag"});  // in lower case
    names.push_back({principal.id, principal.persona + ".id"});
    names.push_back({principal.name, principal.persona + ".name"});
    for (const auto& [what, value] : principal.items) {
      if (value.is_string()) names.push_back({value.get<std::string>(), principal.persona + "." + what});
    }
  }
  names.push_back({target_endpoint_.Authority(), target_->name + ".server"});
  for (const auto& replica : replicas_) {
    names.push_back({replica->endpoint.Authority(), target_->name + ".server." + replica->spec.name});
  }
  for (const Environment* environment : {&context_.environment, static_cast<Environment*>(own_.get())}) {
    for (Component* component : environment->components()) {
      names.push_back({component->endpoint().Authority(), component->name() + ".address"});
    }
  }
  for (const auto& [name, gate] : gates_) names.push_back({gate->endpoint().Authority(), name + ".address"});
  return names;
}

Trace Sandbox::TakeTrace() {
  const std::lock_guard lock(mutex_);
  return std::exchange(trace_, {});
}

}  // namespace iff
