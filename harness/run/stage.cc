#include "harness/run/stage.h"

#include <algorithm>
#include <filesystem>

#include "harness/run/needs.h"

namespace iff {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

}  // namespace

Result<std::unique_ptr<Stage>> Stage::Set(const Ground& ground, const Scenario& scenario,
                                          const std::vector<std::string>& gated, People people) {
  auto stage = std::unique_ptr<Stage>(new Stage(ground));
  stage->shares_ = people == People::kShared && ground.people != nullptr;
  const auto target = ground.system.targets.find(scenario.target);
  if (target == ground.system.targets.end()) {
    return Error(ErrorKind::kInvalidInput, "no target called '" + scenario.target + "'");
  }
  stage->target_ = &target->second;
  std::vector<ComponentSpec> own;
  for (const ComponentSpec& spec : ground.system.components) {
    if (spec.per_scenario) own.push_back(spec);
  }
  // What believes the run's issuers, and issuers of the scenario's own.
  Keyring keys;
  for (Component* component : ground.environment.components()) {
    if (const auto* held = dynamic_cast<IssuerKeys*>(component)) keys.Put(component->name(), held->signing_key());
  }
  TRY(Environment::PrepareKeys(own, ground.catalogue, keys));
  stage->own_ = TRY(
      Environment::Start(
          own, ground.catalogue, ground.launcher, keys,
          {.born = [&redactor = ground.redactor](
                       const Secret& secret, std::string_view alias) { redactor.Register(secret, std::string(alias)); },
           .outer = &ground.environment.facts()})
          .While("start the scenario's components"));
  TRY(stage->Cast(scenario));
  TRY(stage->Provision().While("provision"));
  std::vector<std::string> before = gated;
  if (LooksBehind(scenario) && target->second.url.empty()) stage->WatchAll(before);
  for (const std::string& name : before) {
    Component* component = stage->own_->FindComponent(name);
    if (component == nullptr) component = ground.environment.FindComponent(name);
    if (component == nullptr) return Error(ErrorKind::kInvalidInput, "no component called '" + name + "'");
    Gate& gate = *(stage->gates_[name] = TRY(Gate::Open(component->endpoint()).While("open a gate before " + name)));
    if (stage->arrivals_ != nullptr) {
      gate.Watch([arrivals = stage->arrivals_.get(), name](const Passage& passage) { arrivals->Add(name, passage); });
    }
  }
  TRY(stage->LaunchTarget(scenario));
  TRY(stage->Plant());
  return stage;
}

Stage::~Stage() {
  connections_.clear();
  processes_.clear();
  if (service_) service_->Stop();
  service_.reset();
  gates_.clear();
  PartWithPeople();
  own_.reset();
}

Result<void> Stage::LaunchTarget(const Scenario& scenario) {
  if (!target_->url.empty()) {
    const Url url = TRY(ParseUrl(target_->url).While("target " + target_->name));
    target_endpoint_ = url.endpoint;
    // What is said in words of a launch leads nowhere.
    if (target_->audit.starts_with("/")) target_audit_ = target_->audit;
    return {};
  }
  target_port_ = TRY(HeldPort::Acquire().While("hold a port for the target"));
  target_endpoint_ = target_port_->endpoint();
  target_directory_ = TRY(ground_.launcher.MakeDirectory("target-" + target_->name, ""));

  std::map<std::string, Facts> facts = own_->facts();
  for (const auto& [name, gate] : gates_) {
    Component* component = own_->FindComponent(name);
    if (component == nullptr) component = ground_.environment.FindComponent(name);
    facts[name] = Routed(facts[name], component->endpoint(), gate->endpoint());
  }
  std::map<std::string, std::string> words = {{"port", std::to_string(target_endpoint_.port)},
                                              {"directory", target_directory_},
                                              {"here", ground_.system.folder},
                                              {"tools", ground_.tools_directory},
                                              {"keys", target_directory_ + "/keys.json"},
                                              {"key", KeyOfFirst()},
                                              {"credential", std::string(kCredentialWord)}};
  if (scenario.tls) words.merge(MakeCertificates());
  TRY(WriteKeys());
  target_audit_ = TRY(Substitute(target_->audit, facts, words).While("target " + target_->name + ": audit"));
  ServiceSpec spec{.name = "target-" + target_->name, .directory = target_directory_};
  for (const auto* variables : {&target_->environment, scenario.tls ? &target_->tls : nullptr}) {
    if (variables == nullptr) continue;
    for (const auto& [name, value] : *variables) {
      spec.environment[name] = TRY(Substitute(value, facts, words).While("target " + target_->name + ": " + name));
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
        set = TRY(Substitute(word->second, facts, words).While("target " + target_->name + ": " + name));
      }
    }
  }
  for (const std::string& word : target_->command) {
    spec.argv.push_back(TRY(Substitute(word, facts, words).While("target " + target_->name + ": command")));
  }
  if (!ground_.substitute.empty()) {
    spec.argv = ground_.substitute;
    for (std::string& word : spec.argv) {
      if (word == "{target}") word = target_->name;
    }
  }
  const bool processes = target_->transport == Transport::kStdio;
  // Ours lie beside us; another's are found on PATH or given as a path.
  const std::string ours = ground_.bin_directory + "/" + spec.argv.front();
  if (std::filesystem::exists(ours)) spec.argv.front() = ours;
  if (processes) {
    spec.pipes = true;  // and ready once it shakes hands
  } else if (target_->ready.empty() || scenario.tls) {
    spec.ready = TcpOpen{.endpoint = target_endpoint_};
  } else {
    spec.ready = HttpOk{.endpoint = target_endpoint_, .target = target_->ready};
  }
  spec.ready_within = std::chrono::seconds(40);
  spec.stop_signal = target_->stop_signal;
  spec.stop_within = target_->stop_within;
  target_spec_ = std::move(spec);
  return processes ? Result<void>() : StartTarget(target_spec_);
}

Result<void> Stage::StartTarget(const ServiceSpec& spec) {
  service_ = TRY(ground_.target_launcher.Launch(spec).While("launch target " + target_->name));
  return {};
}

Result<void> Stage::Relaunch(Until until) {
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
  ServiceSpec spec = target_spec_;
  if (until == Until::kListening) spec.ready = TcpOpen{.endpoint = target_endpoint_};
  if (!processes) TRY(StartTarget(spec));
  return until == Until::kListening ? Result<void>() : Plant();
}

int64_t Stage::ElapsedUs() const { return duration_cast<microseconds>(steady_clock::now() - began_).count(); }

std::vector<NamedText> Stage::Names() const {
  std::vector<NamedText> names;
  for (const Subject& subject : subjects_) {
    names.push_back({subject.tag, subject.role + ".tag"});
    names.push_back({subject.name.substr(subject.role.size() + 1), subject.role + ".tag"});  // in lower case
    names.push_back({subject.id, subject.role + ".id"});
    names.push_back({subject.name, subject.role + ".name"});
    for (const auto& [what, value] : subject.items) {
      if (value.is_string()) names.push_back({value.get<std::string>(), subject.role + "." + what});
    }
  }
  names.push_back({target_endpoint_.Authority(), target_->name + ".server"});
  for (const Environment* environment : {&ground_.environment, static_cast<Environment*>(own_.get())}) {
    for (Component* component : environment->components()) {
      names.push_back({component->endpoint().Authority(), component->name() + ".address"});
    }
  }
  for (const auto& [name, gate] : gates_) names.push_back({gate->endpoint().Authority(), name + ".address"});
  return names;
}

Trace Stage::TakeTrace() {
  const std::lock_guard lock(mutex_);
  return std::exchange(trace_, {});
}

}  // namespace iff
