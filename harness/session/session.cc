#include "harness/session/session.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <sstream>

#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/core/yaml_text.h"
#include "harness/environment/roles.h"
#include "harness/jose/prover.h"
#include "harness/run/attacks.h"
#include "harness/run/needs.h"
#include "harness/run/wrong_certificates.h"
#include "harness/session/attached.h"
#include "harness/session/core_files.h"

namespace iff {
namespace {

void AddWordsOf(const System& system, const DriverRegistry& drivers, Vocabulary& words) {
  for (const auto& [name, target] : system.targets) {
    words.targets.insert(name);
    for (const auto& [operation, unused] : target.operations) words.operations.insert(operation);
    words.tools.insert(target.tools.begin(), target.tools.end());
  }
  for (const auto& [persona, person] : system.people) words.personas.insert(persona);
  for (const ComponentSpec& component : system.components) {
    // Without a driver it cannot be started, which is reported there.
    const Driver* driver = drivers.Find(component.driver);
    words.components.emplace(component.name, driver == nullptr ? Protocol::kHttp : driver->speech);
  }
}

// Those of every shipped system as well: a scenario about one of them is no mistake in another, it does not apply
// there.
Result<Vocabulary> WordsOf(const SessionOptions& options, const System& system, const ProbeSet& probes) {
  const DriverRegistry& drivers = options.driver_registry;
  const std::string& root = options.places.root;
  Vocabulary words;
  AddWordsOf(system, drivers, words);
  for (const Driver& driver : drivers.drivers()) {
    for (const Revocable& one : driver.revocable) words.revocable.insert(one.what);
    for (const Rotatable& one : driver.rotatable) words.rotatable.insert(one.what);
  }
  for (const auto& [name, target] : system.targets) {
    words.any.insert(name);
    if (const TargetSpec* another = system.AnotherBeside(name)) words.another[name] = another->name;
    words.roles[name] = RolesOf(drivers, system, target);
  }
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/systems", problem)) {
    const std::string file = (entry.path() / "system.yaml").string();
    if (!entry.is_directory() || !std::filesystem::exists(file)) continue;
    AddWordsOf(TRY(LoadSystem(file)), drivers, words);
  }
  for (const Attack& attack : AllAttacks()) {
    words.attacks.insert(attack.id);
    if (attack.by_policy) words.by_policy.insert(attack.id);
    if (Prover::FindAttack(attack.id) != nullptr) words.of_proofs.insert(attack.id);
    if (FindWrongCertificate(attack.id) != nullptr) words.of_certificates.insert(attack.id);
  }
  for (const auto& [name, probe] : probes) words.probes.insert(name);
  return words;
}

// A run's name sorts by time and is unique.
std::string NewRunId(WallTime now) {
  std::string digits;
  for (const char c : Rfc3339(now).substr(0, 19)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits.substr(0, 8) + "-" + digits.substr(8) + "-" + Hex(RandomBytes(2));
}

bool Selects(const std::string& selector, const Scenario& scenario) {
  const std::string plain = scenario.id.substr(0, scenario.id.find('@'));
  const bool of_target = selector == "@" + scenario.target || selector == scenario.suite + "@" + scenario.target;
  return of_target || selector == scenario.suite || selector == scenario.id || selector == plain ||
         scenario.id.starts_with(selector + "/") || selector == "scenarios/" + scenario.suite ||
         (selector.ends_with(".yaml") &&
          (scenario.file == selector || ("/" + scenario.file).ends_with("/" + selector)));
}

}  // namespace

Result<System> LoadSystemFor(const SessionOptions& options) {
  System system = TRY(LoadSystem(options.system_file));
  const auto component_of = [&](const std::string& name) -> Result<ComponentSpec*> {
    const std::string component = name.substr(0, name.find('.'));
    std::vector<std::string> known;
    for (ComponentSpec& spec : system.components) {
      if (spec.name == component) return &spec;
      known.push_back(spec.name);
    }
    return Error(ErrorKind::kInvalidInput,
                 "set " + name + ": no component called '" + component + "'" + DidYouMean(component, known));
  };
  for (const auto& [name, value] : options.overrides) {
    ComponentSpec* const found = TRY(component_of(name));
    found->options[name.substr(std::min(name.find('.'), name.size() - 1) + 1)] = value;
  }
  for (const auto& [name, misconfiguration] : options.misconfigurations) {
    ComponentSpec* const found = TRY(component_of(name));
    found->misconfiguration = misconfiguration;
  }
  if (!options.attached.empty()) {
    const Attached attached = TRY(LoadAttached(options.attached));
    Apply(attached, system);
  }
  return system;
}

Result<std::vector<Suite>> LoadAllSuites(const SessionOptions& options, const System& system, const ProbeSet& probes) {
  const Vocabulary words = TRY(WordsOf(options, system, probes));
  // What can only be about a system that comes with iff lies in its folder.
  const bool shipped = system.folder.starts_with(options.places.root + "/systems/");
  std::vector<Suite> suites = TRY(
      LoadSuites(options.places.root + "/scenarios", words, shipped ? system.folder + "/scenarios" : std::string()));
  // Reports name files as a reader of the project does.
  for (Suite& suite : suites) {
    for (Scenario& scenario : suite.scenarios) {
      if (scenario.file.starts_with(options.places.root + "/")) {
        scenario.file = scenario.file.substr(options.places.root.size() + 1);
      }
    }
  }
  return suites;
}

Result<Scenario> ReadScenarioOf(const SessionOptions& options, const System& system, const ProbeSet& probes,
                                const Json& document, const std::string& path) {
  const Vocabulary words = TRY(WordsOf(options, system, probes));
  std::vector<Scenario> scenarios = TRY(ParseScenario(path, YamlText(document), "", words));
  if (scenarios.size() != 1) return Error(ErrorKind::kInvalidInput, path + ": want a scenario about one target");
  return std::move(scenarios.front());
}

Result<std::vector<Scenario>> SelectScenarios(const std::vector<Suite>& suites, const RunRequest& request) {
  std::vector<Scenario> selected;
  std::set<std::string> useful;
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) {
      const bool target_wanted = request.targets.empty() || std::find(request.targets.begin(), request.targets.end(),
                                                                      scenario.target) != request.targets.end();
      bool wanted = request.selectors.empty();
      for (const std::string& selector : request.selectors) {
        if (!Selects(selector, scenario)) continue;
        useful.insert(selector);
        wanted = true;
      }
      if (wanted && target_wanted) selected.push_back(scenario);
    }
  }
  std::set<std::string> about;
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) about.insert(scenario.target);
  }
  for (const std::string& target : request.targets) {
    if (about.contains(target)) continue;
    return Error(ErrorKind::kInvalidInput, "no scenario is about a target called '" + target + "'" +
                                               DidYouMean(target, {about.begin(), about.end()}));
  }
  for (const std::string& selector : request.selectors) {
    if (useful.contains(selector)) continue;
    std::vector<std::string> known;
    for (const Suite& suite : suites) {
      known.push_back(suite.name);
      for (const Scenario& scenario : suite.scenarios) known.push_back(scenario.id);
    }
    return Error(ErrorKind::kInvalidInput, "nothing is called '" + selector + "'" + DidYouMean(selector, known) +
                                               ": 'iff list' shows what there is");
  }
  if (selected.empty()) return Error(ErrorKind::kInvalidInput, "no scenario is both selected and about such a target");
  return selected;
}

Result<Selection> LoadSelection(const SessionOptions& options, const System& system, const ProbeSet& probes,
                                RunRequest request) {
  std::vector<Suite> suites = TRY(LoadAllSuites(options, system, probes));
  const size_t ours = suites.size();
  for (std::string& selector : request.selectors) {
    if (!selector.starts_with("/")) continue;
    // What lies among the suites is known by its name from the root.
    const std::string& root = options.places.root;
    const std::string from_root = selector.starts_with(root + "/") ? selector.substr(root.size() + 1) : "";
    const auto is_it = [&](const Scenario& scenario) { return scenario.file == from_root; };
    const bool known = std::any_of(suites.begin(), suites.end(), [&](const Suite& suite) {
      return std::any_of(suite.scenarios.begin(), suite.scenarios.end(), is_it);
    });
    if (known || from_root.starts_with("scenarios/")) {
      selector = from_root;
      continue;
    }
    const Vocabulary words = TRY(WordsOf(options, system, probes));
    std::vector<Scenario> read = TRY(LoadScenario(selector, "", words));
    const std::string suite = read.empty() ? "" : read.front().suite;
    suites.push_back({.name = suite, .scenarios = std::move(read)});
  }
  std::vector<Scenario> selected = TRY(SelectScenarios(suites, request));
  suites.resize(ours);
  return Selection{.suites = std::move(suites), .scenarios = std::move(selected)};
}

Result<std::vector<Scenario>> LoadSelected(const SessionOptions& options, const System& system, const ProbeSet& probes,
                                           RunRequest request) {
  return TRY(LoadSelection(options, system, probes, std::move(request))).scenarios;
}

Result<std::unique_ptr<Session>> Session::Start(const ProbeSet& probes, SessionOptions options) {
  auto session = std::unique_ptr<Session>(new Session(probes, std::move(options), std::make_shared<Ground>()));
  Ground& ground = *session->ground_;
  const DriverRegistry& driver_registry = session->options_.driver_registry;
  const SessionOptions& given = session->options_;
  session->systems_.push_back(TRY(LoadSystemFor(given)));
  Keyring keys;
  // Takes as long as the launchers do.
  if (given.attached.empty()) TRY(Environment::PrepareKeys(session->system().components, driver_registry, keys));
  ground.launchers = TRY(StartLaunchers(given.launchers, given.places.ForLaunchers(), SearchFromEnvironment()));
  if (given.progress && !ground.launchers.says.empty()) given.progress(ground.launchers.says);
  std::map<std::string, Attachment> attachments;
  if (!given.attached.empty()) {
    const Attached attached = TRY(LoadAttached(given.attached));
    TRY(TakeKeys(attached, session->system(), driver_registry, keys));
    attachments = attached.Attachments();
    ground.launchers.components_run = "taken over as they run";
  }
  for (const auto& [issuer, key] : keys.All()) {
    ground.redactor.Register(key.Pkcs8Pem(), issuer + ".signing-key");
  }
  std::vector<ComponentSpec> lasting;
  for (const ComponentSpec& spec : session->system().components) {
    if (!spec.per_scenario) lasting.push_back(spec);
  }
  const Born born = [&redactor = ground.redactor](const Secret& secret, std::string_view alias) {
    redactor.Register(secret, std::string(alias));
  };
  ground.environment = TRY(Environment::Start(lasting, driver_registry, *ground.launchers.components, keys,
                                              {.cache_directory = given.places.cache,
                                               .progress = given.progress,
                                               .on_ready = given.on_ready,
                                               .born = born,
                                               .attached = std::move(attachments),
                                               .for_many_runs = given.for_many_runs}));
  return session;
}

const System& Session::system() const {
  const std::lock_guard lock(systems_mutex_);
  return systems_.back();
}

bool Session::HasComponentsOf(const System& system) const {
  const auto same = [](const ComponentSpec& a, const ComponentSpec& b) {
    return a.name == b.name && a.driver == b.driver && a.options == b.options && a.per_scenario == b.per_scenario &&
           a.misconfiguration == b.misconfiguration;
  };
  const std::vector<ComponentSpec>& running = this->system().components;
  return std::equal(running.begin(), running.end(), system.components.begin(), system.components.end(), same);
}

Result<void> Session::ReadSystemAgain() {
  System fresh = TRY(LoadSystemFor(options_));
  if (!HasComponentsOf(fresh)) {
    return Error(ErrorKind::kInvalidInput, "the components in " + fresh.file +
                                               " are others now: end this, 'iff down' if it is up, and start again");
  }
  const std::lock_guard lock(systems_mutex_);
  systems_.push_back(std::move(fresh));
  return {};
}

Result<std::unique_ptr<Session>> Session::Beside(SessionOptions options) const {
  options.overrides = options_.overrides;
  if (!options.overrides.empty()) {
    // What was set of a component that the file lacks is no mistake in it: its components are others, which is said
    // below.
    const System plain = TRY(LoadSystem(options.system_file));
    std::erase_if(options.overrides, [&](const auto& one) {
      return std::ranges::none_of(plain.components,
                                  [&](const ComponentSpec& spec) { return one.first.starts_with(spec.name + "."); });
    });
  }
  options.misconfigurations = options_.misconfigurations;
  options.attached = options_.attached;
  options.launchers = options_.launchers;
  System other = TRY(LoadSystemFor(options));
  if (!HasComponentsOf(other)) {
    return Error(ErrorKind::kInvalidInput, "the components in " + other.file + " are not those of what is up, " +
                                               system().name + ": add --fresh, or 'iff down' first");
  }
  auto session = std::unique_ptr<Session>(new Session(probes_, std::move(options), ground_));
  session->ForgetProgress();  // nothing is brought up
  session->systems_.push_back(std::move(other));
  return session;
}

Session::~Session() = default;

std::vector<std::string> Session::FilesToRead() const {
  std::vector<std::string> files = CoreFiles({ground_->launchers.owner->run_directory()});
  std::error_code unknown;
  for (Component* component : ground_->environment->components()) {
    for (const std::string& path : component->log_paths()) {
      if (std::filesystem::exists(path, unknown)) files.push_back(path);
    }
  }
  return files;
}

Result<std::vector<Scenario>> Session::Select(const RunRequest& request) const {
  return LoadSelected(options_, system(), probes_, request);
}

RunContext Session::ContextFor(const std::string& mutant, std::chrono::steady_clock::time_point began,
                               const System* other) {
  RunContext context{.system = other == nullptr ? system() : *other,
                     .driver_registry = options_.driver_registry,
                     .launcher = *ground_->launchers.components,
                     .target_launcher = *ground_->launchers.targets,
                     .environment = *ground_->environment,
                     .redactor = ground_->redactor,
                     .clock = SystemClock::Instance(),
                     .bin_directory = options_.places.programs,
                     .tools_directory = options_.places.cache + "/tools",
                     .substitute = {},
                     .run_began = began,
                     .exclusivity = ground_->exclusivity,
                     .janitor = ground_->janitor};
  if (!ground_->launchers.targets_in_containers) context.search_path = options_.search_path;
  if (!mutant.empty()) context.substitute = {"iff-mutant", mutant, "{target}"};
  return context;
}

std::string Session::BuildOf(const std::string& target, const std::string& mutant) {
  const auto spec = system().targets.find(target);
  if (spec == system().targets.end() || spec->second.command.empty()) return "";
  const std::string name = !mutant.empty() ? "iff-mutant" : spec->second.command.front();
  std::error_code problem;
  const std::string path = options_.places.programs + "/" + name;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) return "";
  const auto written = std::filesystem::last_write_time(path, problem);
  const std::string key = path + " " + std::to_string(size) + " " + std::to_string(written.time_since_epoch().count());
  const std::lock_guard lock(ground_->builds_mutex);
  std::string& known = ground_->builds[key];
  if (known.empty()) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    known = Hex(Sha256(bytes.str())).substr(0, 12);
  }
  return name + " " + known + (mutant.empty() ? "" : " as " + mutant);
}

RunResult Session::Run(const std::vector<Scenario>& scenarios, const RunRequest& request) {
  const Janitor::Quiet quiet(ground_->janitor);
  RunContext context = ContextFor(request.mutant, request.began);
  context.seed = request.seed;
  PrincipalPool people;  // the run's own: a canary is of one run, also where two go on at once
  // Where others keep the environment, nobody is left behind in it.
  if (options_.attached.empty()) context.people = &people;
  RunnerOptions options{.jobs = request.jobs,
                        // What others started, with stand-ins they keep, is looked into as it is.
                        .fresh_targets = request.fresh_targets || !options_.attached.empty(),
                        .as_given = request.as_given,
                        .one_begins = request.one_begins,
                        .on_scenario = request.on_scenario,
                        .in_sandbox = request.in_sandbox,
                        .on_wait = request.on_wait,
                        .cancelled = request.cancelled};
  Result<std::vector<KnownFailure>> known = LoadKnownFailures(options_.places.known_failures);
  std::string problem;
  if (known.ok()) {
    options.known_failures = std::move(known).value();
  } else {
    problem = known.error().message();
  }
  Runner runner(context, probes_, std::move(options));
  RunResult run = runner.Run(scenarios);
  run.id = NewRunId(SystemClock::Instance().Now());
  run.error = problem;
  for (ScenarioResult& scenario : run.scenarios) {
    if (!scenario.recording.is_object()) continue;
    scenario.recording["recorded"] = run.started.substr(0, 10);
    scenario.recording["system"] = run.system;
    if (const std::string build = BuildOf(scenario.target, request.mutant); !build.empty()) {
      scenario.recording["server"] = build;
    }
  }
  for (Component* component : ground_->environment->components()) {
    run.components.push_back({.name = component->name(),
                              .version = component->version(),
                              .start_us = ground_->environment->start_time(component->name()).count(),
                              .how = ground_->launchers.components_run});
  }
  return run;
}

}  // namespace iff
