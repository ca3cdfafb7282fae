#include "harness/run/sandbox.h"

#include <algorithm>

#include "harness/core/json.h"
#include "harness/environment/drivers.h"
#include "harness/run/diagnosis.h"
#include "harness/run/fill.h"
#include "harness/run/needs.h"

namespace iff {
namespace {

// Everything that goes into the start of targets without gates, TLS or settings of a scenario's own: the rest of it is
// of the run, or of the components that are kept with them.
std::string KeyOf(const RunContext& context, const Scenario& scenario) {
  // What no file names a variable for is not set (TargetProcess::Launch).
  std::map<std::string, std::string> relaxed;
  for (const std::string& name : scenario.AllTargets()) {
    const auto target = context.system.targets.find(name);
    for (const auto& [key, value] : scenario.relaxed) {
      if (target != context.system.targets.end() && target->second.settings.contains(key)) relaxed[key] = value;
    }
  }
  return Dump(Json::array({scenario.target, scenario.beside, relaxed, context.substitute}));
}

// What a gate before another target is called, beside those before components.
std::string GateOf(const TargetSpec& target) { return "target " + target.name; }

Result<std::vector<const TargetSpec*>> SpecsOf(const System& system, const Scenario& scenario) {
  std::vector<const TargetSpec*> specs;
  for (const std::string& name : scenario.AllTargets()) {
    const auto found = system.targets.find(name);
    if (found == system.targets.end()) return Error(ErrorKind::kInvalidInput, "no target called '" + name + "'");
    specs.push_back(&found->second);
  }
  return specs;
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::Set(const RunContext& context, const Scenario& scenario,
                                              const std::vector<std::string>& gated, People people, TargetReuse reuse) {
  const std::vector<const TargetSpec*> specs = TRY(SpecsOf(context.system, scenario));
  auto sandbox = std::unique_ptr<Sandbox>(new Sandbox(context, scenario));
  sandbox->pool_ = reuse.pool;
  sandbox->pool_key_ = reuse.key;
  const bool running = !reuse.running.empty();
  if (running) {
    sandbox->own_ = reuse.running.front()->shared();
    for (const auto& target : reuse.running) target->BeginScenario();
  } else {
    sandbox->own_ = TRY(sandbox->StartOwn().While("start the scenario's components"));
    for (size_t i = 0; i < specs.size(); ++i) {
      reuse.running.push_back(std::make_unique<TargetProcess>(sandbox->own_));
    }
  }
  sandbox->Assemble(specs, std::move(reuse.running), people == People::kShared && context.people != nullptr);
  TRY(sandbox->principals_->Make(scenario, sandbox->process().met()));
  sandbox->principals_->DrawKeys(specs);
  TRY(sandbox->principals_->Provision().While("provision"));
  if (!running) TRY(sandbox->LaunchTargets(scenario, gated));
  for (const TargetSpec* spec : specs) {
    sandbox->Face(spec->name);
    TRY(sandbox->Plant());
  }
  sandbox->Face("");
  return sandbox;
}

TargetReuse Sandbox::ReuseFor(const RunContext& context, const Scenario& scenario, TargetPool& pool, bool started) {
  TargetReuse reuse{.pool = &pool, .key = KeyOf(context, scenario)};
  if (!started) reuse.running = pool.Take(reuse.key);
  return reuse;
}

Result<std::unique_ptr<Environment>> Sandbox::StartOwn() const {
  std::vector<ComponentSpec> own;
  for (const ComponentSpec& spec : context_.system.components) {
    if (spec.per_scenario) own.push_back(spec);
  }
  // What believes the run's issuers, and issuers of the scenario's own.
  Keyring keys;
  for (Component* component : context_.environment.components()) {
    if (const auto* held = dynamic_cast<IssuerKeys*>(component)) keys.Put(component->name(), held->signing_key());
  }
  TRY(Environment::PrepareKeys(own, context_.driver_registry, keys));
  return Environment::Start(
      own, context_.driver_registry, context_.launcher, keys,
      {.born = [&redactor = context_.redactor](
                   const Secret& secret, std::string_view alias) { redactor.Register(secret, std::string(alias)); },
       .outer = &context_.environment.outputs()});
}

void Sandbox::Assemble(const std::vector<const TargetSpec*>& specs, TargetProcesses processes, bool shares) {
  components_ = std::make_unique<Components>(context_.environment, *own_);
  principals_ = std::make_unique<SandboxPrincipals>(context_, *specs.front(), *components_, trace_, shares);
  std::vector<const TargetClient*> clients;
  for (size_t i = 0; i < specs.size(); ++i) {
    SandboxTarget& target = targets_.emplace_back(*specs[i], std::move(processes[i]));
    target.client =
        std::make_unique<TargetClient>(context_, *specs[i], *principals_, *target.process, *components_, trace_);
    target.observer =
        std::make_unique<DownstreamObserver>(context_, *specs[i], *principals_, *target.process, *components_, trace_);
    clients.push_back(target.client.get());
  }
  for (const SandboxTarget& target : targets_) target.client->Meet(clients);
}

Sandbox::~Sandbox() {
  if (targets_.empty()) return;
  Face("");
  if (!ReturnTargets()) {
    for (const SandboxTarget& target : targets_) {
      target.client->Forget();
      target.process->Stop();
    }
  }
  for (SandboxTarget& target : targets_) target.gates.clear();
  principals_->Part(people_unharmed_);
}

bool Sandbox::ReturnTargets() {
  if (pool_ == nullptr || !targets_unharmed_) return false;
  for (const SandboxTarget& target : targets_) {
    if (!target.gates.empty() || target.process->service() == nullptr || !target.client->EndSessions()) return false;
  }
  for (const SandboxTarget& target : targets_) target.client->Forget();
  TargetProcesses processes;
  for (SandboxTarget& target : targets_) {
    if (!target.process->MayServeAnother(target.spec.ready)) return false;
  }
  for (SandboxTarget& target : targets_) {
    target.process->NoteServed(scenario_id_, principals_->all(), failed_);
    processes.push_back(std::move(target.process));
  }
  pool_->Return(pool_key_, std::move(processes));
  return true;
}

void Sandbox::Face(const std::string& target) {
  const auto named =
      std::find_if(targets_.begin(), targets_.end(), [&](const SandboxTarget& one) { return one.spec.name == target; });
  Invariant(target.empty() || named != targets_.end(), "a step goes to a target of its scenario");
  faced_ = target.empty() ? 0 : static_cast<size_t>(named - targets_.begin());
  principals_->Face(faced().spec);
}

Gate* Sandbox::FindGate(std::string_view component) const {
  const auto found = faced().gates.find(std::string(component));
  return found == faced().gates.end() ? nullptr : found->second.get();
}

std::vector<Gate*> Sandbox::FindGates(std::string_view component) const {
  std::vector<Gate*> all;
  for (const SandboxTarget& target : targets_) {
    const auto found = target.gates.find(std::string(component));
    if (found != target.gates.end()) all.push_back(found->second.get());
  }
  return all;
}

Result<void> Sandbox::LaunchTargets(const Scenario& scenario, const std::vector<std::string>& gated) {
  for (const SandboxTarget& target : targets_) {
    if (target.spec.url.empty()) {
      TRY(target.process->Hold(context_, target.spec, scenario.tls));
      continue;
    }
    const Url url = TRY(ParseUrl(target.spec.url).While("target " + target.spec.name));
    // What is said in words of a launch leads nowhere.
    target.process->IsAt(url.endpoint, target.spec.audit.starts_with("/") ? target.spec.audit : "");
  }
  if (scenario.tls) {
    principals_->Use(std::make_unique<SandboxCertificates>(process().directory(), principals_->all()));
  }
  for (size_t i = targets_.size(); i-- > 0;) {
    Face(targets_[i].spec.name);
    TRY(OpenGates(gated, LooksBehind(scenario) && target().url.empty()));
    if (target().url.empty()) TRY(LaunchTarget(scenario));
  }
  return {};
}

Result<void> Sandbox::OpenGates(std::vector<std::string> gated, bool keep_arrivals) {
  SandboxTarget& own = targets_[faced_];
  const auto open = [&](const std::string& name, const Endpoint& before, GateReads reads) -> Result<void> {
    own.gates[name] = TRY(Gate::Open(before, reads).While("open a gate before " + name));
    own.observer->Watch(name, *own.gates[name]);
    return {};
  };
  if (keep_arrivals) {
    own.observer->KeepArrivals();
    for (const auto& [name, component] : components_->All<Component>()) {
      if (std::find(gated.begin(), gated.end(), name) == gated.end()) gated.push_back(name);
    }
    for (const SandboxTarget& other : targets_) {
      if (&other == &own || other.spec.transport == Transport::kStdio) continue;
      TRY(open(GateOf(other.spec), other.process->endpoint(), GateReads::kRequests));
    }
  }
  for (const std::string& name : gated) {
    Component* const component = components_->FindComponent(name);
    if (component == nullptr) return Error(ErrorKind::kInvalidInput, "no component called '" + name + "'");
    const Driver* driver = DriverOf(context_.driver_registry, context_.system, name);
    const bool startups = driver != nullptr && driver->speech.protocol == Protocol::kStartups;
    TRY(open(name, component->endpoint(), startups ? GateReads::kStartups : GateReads::kRequests));
  }
  return {};
}

Result<void> Sandbox::LaunchTarget(const Scenario& scenario) {
  TargetProcess& own = process();
  TargetLaunch launch{.context = context_, .target = target(), .scenario = scenario};
  launch.outputs = own_->outputs();
  for (const auto& [name, component] : components_->All<Component>()) {
    const Gate* const gate = FindGate(name);
    if (gate != nullptr) launch.outputs[name] = Routed(launch.outputs[name], component->endpoint(), gate->endpoint());
  }
  const std::string keys = own.directory() + "/keys.json";
  launch.words = {{"here", context_.system.folder},
                  {"tools", context_.tools_directory},
                  {"keys", keys},
                  {"key", principals_->KeyOfFirst()}};
  for (const SandboxTarget& other : targets_) {
    if (&other == &faced() || other.spec.transport == Transport::kStdio) continue;
    const Gate* const gate = FindGate(GateOf(other.spec));
    Endpoint there = gate == nullptr ? other.process->endpoint() : gate->endpoint();
    there.scheme = other.process->endpoint().scheme;
    launch.words["beside." + other.spec.name + ".address"] = there.Url();
    launch.words["beside." + other.spec.name + ".url"] = there.Url(other.spec.path);
  }
  if (principals_->certificates() != nullptr) {
    launch.words.insert(principals_->certificates()->words().begin(), principals_->certificates()->words().end());
  }
  TRY(principals_->WriteKeys(keys));
  return own.Launch(launch);
}

Result<void> Sandbox::Relaunch(TargetProcess::Until until) {
  client().Forget();
  TRY(process().Relaunch(until));
  return until == TargetProcess::Until::kListening ? Result<void>() : Plant();
}

// A server that keeps people's things itself is told of them as its users would tell it: before the first step,
// everybody makes something of their own that holds their canary.
Result<void> Sandbox::PlantOf(Principal& principal, const Operation& operation, const std::string& canary) {
  const std::string name = "planting of " + principal.persona;
  TRY(principals_->Obtain(name, principal.persona, principals_->AllScopes(), ""));
  const Json arguments = FillAll(operation.arguments, &principal, nullptr, target().upstream, canary);
  const Json params = {{"name", operation.tool}, {"arguments", arguments}};
  // Of a server that has just been started this is often the first request with a token: it may load what checks
  // tokens, and ask an issuer that has just been started too for its keys. Nothing is judged by how long that takes.
  constexpr std::chrono::seconds kPatience(30);
  const SendOutcome sent = client().Send({.with = name, .patience = kPatience}, "tools/call", params, "planting");
  if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
  if (!sent.answer->HasResult() || sent.answer->ToolError()) {
    constexpr size_t kEnough = 200;
    return Error(ErrorKind::kProtocol, "HTTP " + std::to_string(sent.answer->status) + " " +
                                           context_.redactor.Mask(sent.answer->Text()).substr(0, kEnough) +
                                           sent.answer->headers.Get("WWW-Authenticate"));
  }
  principal.items = TRY(Given(operation, *sent.answer));
  return {};
}

Result<void> Sandbox::Plant() {
  if (target().seed_with.empty()) return {};
  const Operation& operation = target().operations.at(target().seed_with);
  for (Principal& principal : principals_->all()) {
    const auto account = principal.accounts.find(target().upstream);
    if (account == principal.accounts.end()) continue;
    Result<void> planted =
        PlantOf(principal, operation, account->second.canary)
            .While("let " + principal.persona + " make something of their own with " + operation.tool);
    if (planted.ok()) continue;
    // Whoever lets nobody make anything will be called what it is.
    ScenarioResult so_far{.target = target().name};
    so_far.steps.push_back({.trace = trace_.Take()});
    const Diagnosis diagnosis = Diagnose(so_far);
    if (diagnosis.what.empty()) return planted;
    return Error(planted.error().kind(), diagnosis.what + "; it was asked to " + planted.error().message());
  }
  // Whoever speaks next comes anew, and the trace begins with the first step. A process may keep things in its memory.
  if (target().transport != Transport::kStdio) {
    // What is to serve other scenarios keeps no session of this one.
    if (pool_ != nullptr && !client().EndSessions()) pool_ = nullptr;
    client().Forget();
  }
  (void)trace_.Take();
  return {};
}

std::vector<NamedText> Sandbox::Names() const {
  std::vector<NamedText> names;
  for (const Principal& principal : principals_->all()) {
    names.push_back({principal.tag, principal.persona + ".tag"});
    names.push_back(
        {principal.name.substr(principal.persona.size() + 1), principal.persona + ".tag"});  // in lower case
    names.push_back({principal.id, principal.persona + ".id"});
    names.push_back({principal.name, principal.persona + ".name"});
    for (const auto& [what, value] : principal.items) {
      if (value.is_string()) names.push_back({value.get<std::string>(), principal.persona + "." + what});
    }
  }
  for (const SandboxTarget& target : targets_) {
    names.push_back({target.process->endpoint().Authority(), target.spec.name + ".server"});
    for (const auto& [name, endpoint] : target.process->others()) {
      names.push_back({endpoint.Authority(), target.spec.name + ".server." + name});
    }
  }
  for (const auto& [name, component] : components_->All<Component>()) {
    names.push_back({component->endpoint().Authority(), name + ".address"});
  }
  for (const SandboxTarget& target : targets_) {
    for (const auto& [name, gate] : target.gates) names.push_back({gate->endpoint().Authority(), name + ".address"});
  }
  return names;
}

}  // namespace iff
