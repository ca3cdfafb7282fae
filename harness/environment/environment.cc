#include "harness/environment/environment.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "harness/core/yaml.h"
#include "harness/environment/capabilities.h"
#include "harness/environment/starting.h"

namespace iff {

template <>
std::string_view Environment::Ability<PrincipalRegistry>() {
  return "register principals";
}
template <>
std::string_view Environment::Ability<TokenIssuer>() {
  return "issue tokens";
}
template <>
std::string_view Environment::Ability<IssuerKeys>() {
  return "tell the issuer's signing key";
}
template <>
std::string_view Environment::Ability<SecretStore>() {
  return "keep secrets";
}
template <>
std::string_view Environment::Ability<AuditSource>() {
  return "tell what it audited";
}
template <>
std::string_view Environment::Ability<CallLedger>() {
  return "tell what it was asked";
}
template <>
std::string_view Environment::Ability<ResourceCounter>() {
  return "count its resources";
}
template <>
std::string_view Environment::Ability<RowSource>() {
  return "be queried for rows";
}

namespace {

// Empty secrets and such as are too short to be masked are none.
Born BornAs(const std::string& component, const Born& born) {
  return [component, born](const Secret& secret, std::string_view what) {
    constexpr size_t kShortest = 6;
    if (born && secret.size() >= kShortest) born(secret, component + "." + std::string(what));
  };
}

}  // namespace

Error Environment::Missing(std::string_view ability, std::string_view name) {
  return {ErrorKind::kInvalidInput,
          name.empty() ? "no component of this environment can " + std::string(ability)
                       : "component '" + std::string(name) + "' is not there or cannot " + std::string(ability)};
}

Error Environment::Ambiguous(std::string_view ability, std::string_view) {
  return {ErrorKind::kInvalidInput, "several components can " + std::string(ability) + ": name one"};
}

Result<void> Environment::PrepareKeys(const std::vector<ComponentSpec>& specs, const DriverRegistry& driver_registry,
                                      Keyring& keys) {
  for (const ComponentSpec& spec : specs) {
    const Driver* driver = driver_registry.Find(spec.driver);
    if (driver == nullptr || !driver->signs_with) continue;
    const std::optional<Algorithm> algorithm =
        TRY(driver->signs_with(spec.options).While("component '" + spec.name + "'"));
    if (algorithm) keys.Prepare(spec.name, *algorithm);
  }
  return {};
}

Result<std::unique_ptr<Environment>> Environment::Start(const std::vector<ComponentSpec>& specs,
                                                        const DriverRegistry& driver_registry, Launcher& launcher,
                                                        const Keyring& keys, EnvironmentOptions options) {
  auto environment = std::unique_ptr<Environment>(new Environment());
  if (options.outer != nullptr) environment->outputs_ = *options.outer;

  std::vector<const Driver*> drivers;
  for (const ComponentSpec& spec : specs) {
    const Driver* driver = driver_registry.Find(spec.driver);
    if (driver == nullptr) {
      std::vector<std::string> known;
      for (const Driver& each : driver_registry.drivers()) known.push_back(each.name);
      return Error(ErrorKind::kInvalidInput, "component '" + spec.name + "': no driver called '" + spec.driver + "'" +
                                                 DidYouMean(spec.driver, known));
    }
    const auto there = options.attached.find(spec.name);
    if (there != options.attached.end() && !driver->attach) {
      return Error(ErrorKind::kInvalidInput,
                   "component '" + spec.name + "': a " + spec.driver + " cannot be taken over while it runs");
    }
    const std::vector<std::string>& misconfigurations = driver->misconfigurations;
    if (!spec.misconfiguration.empty() && std::find(misconfigurations.begin(), misconfigurations.end(),
                                                    spec.misconfiguration) == misconfigurations.end()) {
      return Error(ErrorKind::kInvalidInput, "component '" + spec.name + "': a " + spec.driver +
                                                 " has no misconfiguration called '" + spec.misconfiguration + "'" +
                                                 DidYouMean(spec.misconfiguration, misconfigurations));
    }
    if (!spec.misconfiguration.empty() && there != options.attached.end()) {
      return Error(ErrorKind::kInvalidInput, "component '" + spec.name + "': what others started is not made weak");
    }
    environment->ports_.push_back(nullptr);
    if (there == options.attached.end()) {
      environment->ports_.back() = std::make_unique<HeldPort>(TRY(HeldPort::Acquire().While("hold a port")));
    }
    const Endpoint endpoint =
        there == options.attached.end() ? environment->ports_.back()->endpoint() : there->second.endpoint;
    environment->outputs_[spec.name] =
        TRY(driver->outputs(spec.options, endpoint).While("component '" + spec.name + "'"));
    drivers.push_back(driver);
  }

  // Side by side: each knows the others by the outputs promised above and needs none of them to run yet.
  std::vector<std::string> names;
  for (const ComponentSpec& spec : specs) names.push_back(spec.name);
  Starting starting(std::move(names), launcher);
  std::vector<std::chrono::microseconds> took(specs.size());
  std::vector<std::thread> starters;
  for (size_t i = 0; i < specs.size(); ++i) {
    starters.emplace_back([&, i] {
      const auto began = std::chrono::steady_clock::now();
      const StartContext context{.launcher = starting.LauncherOf(i),
                                 .name = specs[i].name,
                                 .port = environment->ports_[i].get(),
                                 .options = specs[i].options,
                                 .peers = environment->outputs_,
                                 .keys = keys,
                                 .cache_directory = options.cache_directory,
                                 .progress = options.progress ? options.progress : [](std::string_view) {},
                                 .born = BornAs(specs[i].name, options.born),
                                 .misconfiguration = specs[i].misconfiguration,
                                 .for_many_runs = options.for_many_runs,
                                 .given_up = [&starting] { return starting.given_up(); }};
      const auto there = options.attached.find(specs[i].name);
      Result<std::unique_ptr<Component>> outcome =
          there == options.attached.end() ? drivers[i]->start(context) : drivers[i]->attach(context, there->second);
      const bool ready = outcome.ok();
      took[i] = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
      if (options.on_ready && ready) options.on_ready({.name = specs[i].name, .took = took[i]});
      starting.Arrived(i, std::move(outcome));
    });
  }
  starting.Await();
  for (std::thread& starter : starters) starter.join();
  std::vector<std::unique_ptr<Component>> components = TRY(starting.Take());
  for (size_t i = 0; i < specs.size(); ++i) environment->started_.push_back({std::move(components[i]), took[i]});

  for (const Started& started : environment->started_) {
    environment->outputs_[started.component->name()] = started.component->outputs();
  }
  for (const Started& started : environment->started_) {
    TRY(started.component->Connect().While("connect " + started.component->name()));
  }
  return environment;
}

Environment::~Environment() {
  // In reverse, side by side: none needs another to stop.
  std::vector<std::thread> stoppers;
  for (auto started = started_.rbegin(); started != started_.rend(); ++started) {
    stoppers.emplace_back([component = std::move(started->component)]() mutable { component.reset(); });
  }
  for (std::thread& stopper : stoppers) stopper.join();
}

Component* Environment::FindComponent(std::string_view name) const {
  for (const Started& started : started_) {
    if (started.component->name() == name) return started.component.get();
  }
  return nullptr;
}

std::vector<Component*> Environment::components() const {
  std::vector<Component*> all;
  for (const Started& started : started_) all.push_back(started.component.get());
  return all;
}

std::chrono::microseconds Environment::start_time(std::string_view name) const {
  for (const Started& started : started_) {
    if (started.component->name() == name) return started.took;
  }
  return std::chrono::microseconds(0);
}

Result<void> Environment::Check() const {
  std::string problems;
  for (const Started& started : started_) {
    const Result<void> alive = started.component->Check();
    if (!alive.ok()) {
      problems += (problems.empty() ? "" : "; ") + started.component->name() + ": " + alive.error().message();
    }
  }
  if (!problems.empty()) return Error(ErrorKind::kUnavailable, problems);
  return {};
}

Outputs Routed(const Outputs& outputs, const Endpoint& direct, const Endpoint& gate) {
  Outputs routed = outputs;
  const std::string from = direct.Authority();
  for (auto& [name, output] : routed) {
    if (!output.routed) continue;
    for (size_t at = output.value.find(from); at != std::string::npos; at = output.value.find(from, at)) {
      const size_t end = at + from.size();
      const bool longer = end < output.value.size() && output.value[end] >= '0' && output.value[end] <= '9';
      if (!longer) output.value.replace(at, from.size(), gate.Authority());
      at += longer ? from.size() : gate.Authority().size();
    }
  }
  return routed;
}

Result<std::string> Substitute(std::string_view text, const std::map<std::string, Outputs>& outputs,
                               const std::map<std::string, std::string>& words) {
  std::string out;
  while (true) {
    const size_t begin = text.find("${");
    if (begin == std::string_view::npos) return out.append(text);
    const size_t end = text.find('}', begin);
    if (end == std::string_view::npos) {
      return Error(ErrorKind::kInvalidInput, "'${' without '}' in '" + std::string(text) + "'");
    }
    out.append(text.substr(0, begin));
    const std::string name(text.substr(begin + 2, end - begin - 2));
    text.remove_prefix(end + 1);
    if (const auto word = words.find(name); word != words.end()) {
      out += word->second;
      continue;
    }
    const size_t dot = name.find('.');
    const auto component = outputs.find(name.substr(0, dot));
    if (dot != std::string::npos && component != outputs.end()) {
      if (const auto output = component->second.find(name.substr(dot + 1)); output != component->second.end()) {
        out += output->second.value;
        continue;
      }
    }
    return Error(ErrorKind::kInvalidInput, "nobody tells '${" + name + "}'");
  }
}

}  // namespace iff
