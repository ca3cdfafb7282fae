#include "harness/run/sandbox.h"

#include <algorithm>

#include "harness/core/json.h"
#include "harness/environment/drivers.h"
#include "harness/run/diagnosis.h"
#include "harness/run/fill.h"
#include "harness/run/needs.h"

namespace iff {
namespace {

// Everything that goes into the start of a target without gates, TLS or settings of a scenario's own: the rest of it is
// of the run, or of the components that are kept with it.
std::string KeyOf(const RunContext& context, const Scenario& scenario) {
  return Dump(Json::array({scenario.target, scenario.relaxed, context.substitute}));
}

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::Set(const RunContext& context, const Scenario& scenario,
                                              const std::vector<std::string>& gated, People people, TargetReuse reuse) {
  const auto target = context.system.targets.find(scenario.target);
  if (target == context.system.targets.end()) {
    return Error(ErrorKind::kInvalidInput, "no target called '" + scenario.target + "'");
  }
  auto sandbox = std::unique_ptr<Sandbox>(new Sandbox(context, target->second, scenario));
  sandbox->targets_ = reuse.pool;
  sandbox->target_key_ = reuse.key;
  const bool running = reuse.running != nullptr;
  if (running) {
    reuse.running->BeginScenario();
  } else {
    reuse.running = std::make_unique<TargetProcess>(TRY(sandbox->StartOwn().While("start the scenario's components")));
  }
  sandbox->Assemble(std::move(reuse.running), people == People::kShared && context.people != nullptr);
  TRY(sandbox->principals_->Make(scenario, sandbox->process_->met()));
  TRY(sandbox->principals_->Provision().While("provision"));
  if (!running) {
    TRY(sandbox->OpenGates(gated, LooksBehind(scenario) && target->second.url.empty()));
    TRY(sandbox->LaunchTarget(scenario));
  }
  TRY(sandbox->Plant());
  return sandbox;
}

TargetReuse Sandbox::ReuseFor(const RunContext& context, const Scenario& scenario, TargetPool& pool) {
  TargetReuse reuse{.pool = &pool, .key = KeyOf(context, scenario)};
  reuse.running = pool.Take(reuse.key);
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

void Sandbox::Assemble(std::unique_ptr<TargetProcess> process, bool shares) {
  process_ = std::move(process);
  components_ = std::make_unique<Components>(context_.environment, process_->own());
  principals_ = std::make_unique<SandboxPrincipals>(context_, target_, *components_, trace_, shares);
  client_ = std::make_unique<TargetClient>(context_, target_, *principals_, *process_, *components_, trace_);
  observer_ = std::make_unique<DownstreamObserver>(context_, target_, *principals_, *process_, *components_, trace_);
}

Sandbox::~Sandbox() {
  if (process_ == nullptr) return;
  if (!ReturnTarget()) {
    client_->Forget();
    process_->Stop();
  }
  gates_.clear();
  principals_->Part(unharmed_);
}

bool Sandbox::ReturnTarget() {
  if (targets_ == nullptr || !unharmed_ || !gates_.empty() || process_->service() == nullptr) return false;
  if (!client_->EndSessions()) return false;
  client_->Forget();
  if (!process_->MayServeAnother(target_.ready)) return false;
  process_->NoteServed(scenario_id_, principals_->all());
  targets_->Return(target_key_, std::move(process_));
  return true;
}

Gate* Sandbox::FindGate(std::string_view component) const {
  const auto found = gates_.find(std::string(component));
  return found == gates_.end() ? nullptr : found->second.get();
}

Result<void> Sandbox::OpenGates(std::vector<std::string> gated, bool keep_arrivals) {
  if (keep_arrivals) {
    observer_->KeepArrivals();
    for (const auto& [name, component] : components_->All<Component>()) {
      if (std::find(gated.begin(), gated.end(), name) == gated.end()) gated.push_back(name);
    }
  }
  for (const std::string& name : gated) {
    Component* const component = components_->FindComponent(name);
    if (component == nullptr) return Error(ErrorKind::kInvalidInput, "no component called '" + name + "'");
    const Driver* driver = DriverOf(context_.driver_registry, context_.system, name);
    const bool startups = driver != nullptr && driver->speech.protocol == Protocol::kStartups;
    std::unique_ptr<Gate>& gate = gates_[name];
    gate = TRY(Gate::Open(component->endpoint(), startups ? GateReads::kStartups : GateReads::kRequests)
                   .While("open a gate before " + name));
    observer_->Watch(name, *gate);
  }
  return {};
}

Result<void> Sandbox::LaunchTarget(const Scenario& scenario) {
  if (!target_.url.empty()) {
    const Url url = TRY(ParseUrl(target_.url).While("target " + target_.name));
    // What is said in words of a launch leads nowhere.
    process_->IsAt(url.endpoint, target_.audit.starts_with("/") ? target_.audit : "");
    return {};
  }
  TRY(process_->Hold(context_, target_, scenario.tls));
  TargetLaunch launch{.context = context_, .target = target_, .scenario = scenario};
  launch.outputs = process_->own().outputs();
  for (const auto& [name, gate] : gates_) {
    const Component* const component = components_->FindComponent(name);
    launch.outputs[name] = Routed(launch.outputs[name], component->endpoint(), gate->endpoint());
  }
  const std::string keys = process_->directory() + "/keys.json";
  launch.words = {{"here", context_.system.folder},
                  {"tools", context_.tools_directory},
                  {"keys", keys},
                  {"key", principals_->KeyOfFirst()}};
  if (scenario.tls) {
    principals_->Use(std::make_unique<SandboxCertificates>(process_->directory(), principals_->all()));
    launch.words.insert(principals_->certificates()->words().begin(), principals_->certificates()->words().end());
  }
  TRY(principals_->WriteKeys(keys));
  return process_->Launch(launch);
}

Result<void> Sandbox::Relaunch(TargetProcess::Until until) {
  client_->Forget();
  TRY(process_->Relaunch(until));
  return until == TargetProcess::Until::kListening ? Result<void>() : Plant();
}

// A server that keeps people's things itself is told of them as its users would tell it: before the first step,
// everybody makes something of their own that holds their canary.
Result<void> Sandbox::PlantOf(Principal& principal, const Operation& operation, const std::string& canary) {
  const std::string name = "planting of " + principal.persona;
  TRY(principals_->Obtain(name, principal.persona, principals_->AllScopes(), ""));
  const Json arguments = FillAll(operation.arguments, &principal, nullptr, target_.upstream, canary);
  const Json params = {{"name", operation.tool}, {"arguments", arguments}};
  const SendOutcome sent = client_->Send({.with = name}, "tools/call", params, "planting");
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
  if (target_.seed_with.empty()) return {};
  const Operation& operation = target_.operations.at(target_.seed_with);
  for (Principal& principal : principals_->all()) {
    const auto account = principal.accounts.find(target_.upstream);
    if (account == principal.accounts.end()) continue;
    Result<void> planted =
        PlantOf(principal, operation, account->second.canary)
            .While("let " + principal.persona + " make something of their own with " + operation.tool);
    if (planted.ok()) continue;
    // Whoever lets nobody make anything will be called what it is.
    ScenarioResult so_far{.target = target_.name};
    so_far.steps.push_back({.trace = trace_.Take()});
    const Diagnosis diagnosis = Diagnose(so_far);
    if (diagnosis.what.empty()) return planted;
    return Error(planted.error().kind(), diagnosis.what + "; it was asked to " + planted.error().message());
  }
  // Whoever speaks next comes anew, and the trace begins with the first step. A process may keep things in its memory.
  if (target_.transport != Transport::kStdio) {
    // What is to serve other scenarios keeps no session of this one.
    if (targets_ != nullptr && !client_->EndSessions()) targets_ = nullptr;
    client_->Forget();
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
  names.push_back({process_->endpoint().Authority(), target_.name + ".server"});
  for (const auto& [name, endpoint] : process_->others()) {
    names.push_back({endpoint.Authority(), target_.name + ".server." + name});
  }
  for (const auto& [name, component] : components_->All<Component>()) {
    names.push_back({component->endpoint().Authority(), name + ".address"});
  }
  for (const auto& [name, gate] : gates_) names.push_back({gate->endpoint().Authority(), name + ".address"});
  return names;
}

}  // namespace iff
