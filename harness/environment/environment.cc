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

Result<void> Environment::PrepareKeys(const std::vector<ComponentSpec>& specs, const Catalogue& catalogue,
                                      Keyring& keys) {
  for (const ComponentSpec& spec : specs) {
    const Recipe* recipe = catalogue.Find(spec.recipe);
    if (recipe == nullptr || !recipe->signs_with) continue;
    const std::optional<Algorithm> algorithm =
        TRY(recipe->signs_with(spec.options).While("component '" + spec.name + "'"));
    if (algorithm) keys.Prepare(spec.name, *algorithm);
  }
  return {};
}

Result<std::unique_ptr<Environment>> Environment::Start(const std::vector<ComponentSpec>& specs,
                                                        const Catalogue& catalogue, Launcher& launcher,
                                                        const Keyring& keys, EnvironmentOptions options) {
  auto environment = std::unique_ptr<Environment>(new Environment());
  if (options.outer != nullptr) environment->facts_ = *options.outer;

  std::vector<const Recipe*> recipes;
  for (const ComponentSpec& spec : specs) {
    const Recipe* recipe = catalogue.Find(spec.recipe);
    if (recipe == nullptr) {
      std::vector<std::string> known;
      for (const Recipe& each : catalogue.recipes()) known.push_back(each.name);
      return Error(ErrorKind::kInvalidInput, "component '" + spec.name + "': no recipe called '" + spec.recipe + "'" +
                                                 DidYouMean(spec.recipe, known));
    }
    const auto there = options.attached.find(spec.name);
    if (there != options.attached.end() && !recipe->attach) {
      return Error(ErrorKind::kInvalidInput,
                   "component '" + spec.name + "': a " + spec.recipe + " cannot be taken over while it runs");
    }
    const std::vector<std::string>& weaknesses = recipe->weaknesses;
    if (!spec.weakness.empty() && std::find(weaknesses.begin(), weaknesses.end(), spec.weakness) == weaknesses.end()) {
      return Error(ErrorKind::kInvalidInput, "component '" + spec.name + "': a " + spec.recipe +
                                                 " has no weakness called '" + spec.weakness + "'" +
                                                 DidYouMean(spec.weakness, weaknesses));
    }
    if (!spec.weakness.empty() && there != options.attached.end()) {
      return Error(ErrorKind::kInvalidInput, "component '" + spec.name + "': what others started is not made weak");
    }
    environment->ports_.push_back(nullptr);
    if (there == options.attached.end()) {
      environment->ports_.back() = std::make_unique<HeldPort>(TRY(HeldPort::Acquire().While("hold a port")));
    }
    const Endpoint endpoint =
        there == options.attached.end() ? environment->ports_.back()->endpoint() : there->second.endpoint;
    environment->facts_[spec.name] = TRY(recipe->facts(spec.options, endpoint).While("component '" + spec.name + "'"));
    recipes.push_back(recipe);
  }

  // Side by side: each knows the others by the facts promised above and needs none of them to run yet.
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
                                 .peers = environment->facts_,
                                 .keys = keys,
                                 .cache_directory = options.cache_directory,
                                 .progress = options.progress ? options.progress : [](std::string_view) {},
                                 .born = BornAs(specs[i].name, options.born),
                                 .weakness = specs[i].weakness,
                                 .for_many_runs = options.for_many_runs,
                                 .given_up = [&starting] { return starting.given_up(); }};
      const auto there = options.attached.find(specs[i].name);
      Result<std::unique_ptr<Component>> outcome =
          there == options.attached.end() ? recipes[i]->start(context) : recipes[i]->attach(context, there->second);
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
    environment->facts_[started.component->name()] = started.component->facts();
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

Facts Routed(const Facts& facts, const Endpoint& direct, const Endpoint& gate) {
  Facts routed = facts;
  const std::string from = direct.Authority();
  for (auto& [name, fact] : routed) {
    if (!fact.routed) continue;
    for (size_t at = fact.value.find(from); at != std::string::npos; at = fact.value.find(from, at)) {
      const size_t end = at + from.size();
      const bool longer = end < fact.value.size() && fact.value[end] >= '0' && fact.value[end] <= '9';
      if (!longer) fact.value.replace(at, from.size(), gate.Authority());
      at += longer ? from.size() : gate.Authority().size();
    }
  }
  return routed;
}

Result<std::string> Substitute(std::string_view text, const std::map<std::string, Facts>& facts,
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
    const auto component = facts.find(name.substr(0, dot));
    if (dot != std::string::npos && component != facts.end()) {
      if (const auto fact = component->second.find(name.substr(dot + 1)); fact != component->second.end()) {
        out += fact->second.value;
        continue;
      }
    }
    return Error(ErrorKind::kInvalidInput, "nobody tells '${" + name + "}'");
  }
}

}  // namespace iff
