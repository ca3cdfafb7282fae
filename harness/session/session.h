// One environment and the runs on it: what `iff run` makes for itself, and `iff up` keeps.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "harness/environment/environment.h"
#include "harness/run/runner.h"
#include "harness/scenario/load.h"
#include "harness/session/launchers.h"
#include "harness/session/open_prompts.h"

namespace iff {

// Where things lie. Paths are absolute.
struct Places {
  std::string root = {};            // of the project: systems/, scenarios/
  std::string cache = {};           // prepared state
  std::string programs = {};        // our programs: build/<preset>/bin
  std::string default_system = {};  // folder of systems/ that is meant where nobody says which
  // Of the project that is tested: in its own folder, or, for the systems that come with iff, in ours.
  std::string reports = {};
  std::string known_failures = {};
  // For containers: what lies where here, and what they see at the same path.
  std::vector<NativePlace> held = {};
  std::vector<std::string> shared = {};
  LauncherPlaces ForLaunchers() const {
    return {.lock_file = root + "/docker/images.lock.json", .programs = programs, .held = held, .shared = shared};
  }

  std::string ReportsFolder() const { return reports.empty() ? root + "/reports/out" : reports; }
};

struct SessionOptions {
  Places places = {};
  std::string system_file = {};
  // The drivers that system and scenario files may rely on; outlives all that is loaded. Without a default: words of
  // scenarios that no driver declares are mistakes.
  std::reference_wrapper<const DriverRegistry> driver_registry;
  // "component.option" -> value, over the system file's.
  std::map<std::string, Json> overrides = {};
  // component -> how it is wrong on purpose. From a mutant and from nowhere else.
  std::map<std::string, std::string> misconfigurations = {};
  LauncherWish launchers = {};
  // The folder of a system that others start, absolute: nothing is started, it is taken over as it runs. "": none.
  std::string attached = {};
  bool for_many_runs = false;  // as EnvironmentOptions::for_many_runs
  // Where the programs of targets are looked for, unless those run in containers. "": as this process does.
  std::string search_path = {};
  // As those of EnvironmentOptions.
  std::function<void(std::string_view)> progress = {};
  std::function<void(const ComponentReady&)> on_ready = {};
};

// Which scenarios, and how.
struct RunRequest {
  std::vector<std::string> selectors = {};  // suites, ids, files; empty: all
  std::vector<std::string> targets = {};    // empty: all
  std::string mutant = {};                  // launched in place of the targets' own programs
  uint64_t seed = 0;                        // where what is drawn by lot begins; 0: where the scenarios say
  int jobs = 4;
  bool fresh_targets = false;  // as RunnerOptions::fresh_targets
  bool as_given = false;       // in the order given, which was drawn by lot
  bool one_begins = false;     // as RunnerOptions::one_begins
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();  // of the command
  std::function<void(const Scenario&, const ScenarioResult*)> on_scenario = {};
  std::function<void(Sandbox&, const ScenarioResult*)> in_sandbox = {};
  std::function<void()> on_wait = {};  // as RunnerOptions::on_wait
  const std::atomic<bool>* cancelled = nullptr;
};

// The scenario a document describes, for its one target; `path` is where it came from.
Result<Scenario> ReadScenarioOf(const SessionOptions& options, const System& system, const ProbeSet& probes,
                                const Json& document, const std::string& path);

// The commands at work. The passwords and tokens of one's people are forgotten when it and all that were at work at its
// end have ended: what they were about has been published, and an environment that is kept would fill up with them.
// Thread-safe.
class Works {
 public:
  explicit Works(Redactor& redactor) : redactor_(redactor) {}
  // The number by which it ends.
  uint64_t Begin() {
    const std::lock_guard lock(mutex_);
    return *running_.insert(redactor_.BeginGeneration()).first;
  }
  void End(uint64_t work) {
    const std::lock_guard lock(mutex_);
    running_.erase(work);
    for (Ended& ended : ended_) ended.beside.erase(work);
    ended_.push_back({redactor_.BeginGeneration(), running_});
    uint64_t before = 0;
    std::erase_if(ended_, [&](const Ended& ended) {
      if (!ended.beside.empty()) return false;
      before = std::max(before, ended.before);
      return true;
    });
    if (before > 0) redactor_.Forget(running_.empty() ? Redactor::kEverything : before);
  }
  // In the middle of one, which has nothing to publish at the moment: as at its end, unless another is at work.
  void Between() {
    const std::lock_guard lock(mutex_);
    if (running_.size() <= 1) redactor_.Forget();
  }

 private:
  struct Ended {
    uint64_t before = 0;             // the generation that began at its end
    std::set<uint64_t> beside = {};  // that were at work then, and still are
  };

  Redactor& redactor_;
  std::mutex mutex_;
  std::set<uint64_t> running_;
  std::vector<Ended> ended_;
};

class Session {
 public:
  // One command at work on the environment.
  class Work {
   public:
    explicit Work(Session& session) : works_(session.ground_->works), number_(works_.Begin()) {}
    ~Work() { works_.End(number_); }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    Works& works_;
    uint64_t number_;
  };
  // For a command that runs scenarios again and again, between two runs: what was seen in those before is published by
  // now, or never will be.
  void ForgetRuns() { ground_->works.Between(); }

  // Brings everything up. `probes` outlives the session.
  static Result<std::unique_ptr<Session>> Start(const ProbeSet& probes, SessionOptions options);
  ~Session();

  // The scenarios a request selects, read anew from their files. kInvalidInput: mistakes in files, a
  // selector that selects nothing.
  Result<std::vector<Scenario>> Select(const RunRequest& request) const;
  // REQUIRES: scenarios come from Select. Thread-safe.
  RunResult Run(const std::vector<Scenario>& scenarios, const RunRequest& request);
  // Another environment, its own, beside this one: the same system with some options and misconfigurations more.
  Result<std::unique_ptr<Session>> StartAnother(const SessionOptions& options) const { return Start(probes_, options); }
  // On the environment of this one, for a project file as it is now: this one's or another with the same components.
  // What the environment was brought up with stands in the place of what `options` say about components. kInvalidInput:
  // mistakes in the file; its components are not those that are up.
  Result<std::unique_ptr<Session>> Beside(SessionOptions options) const;
  Result<Scenario> ReadScenario(const Json& document, const std::string& path) const {
    return ReadScenarioOf(options_, system(), probes_, document, path);
  }

  // Sets a sandbox for `scenario`, whose steps are not played, and lets `act` work on it. `gated` names
  // components that get a gate; `other` stands in for the system, with the same components and people;
  // `mutant` is launched in place of the target's own program.
  template <class T>
  Result<T> InSandbox(const Scenario& scenario, const std::function<Result<T>(Sandbox&)>& act,
                      const std::vector<std::string>& gated = {}, const System* other = nullptr,
                      const std::string& mutant = {}) {
    const Janitor::Quiet quiet(ground_->janitor);
    const RunContext context = ContextFor(mutant, std::chrono::steady_clock::now(), other);
    const std::shared_lock together(ground_->exclusivity);
    const std::unique_ptr<Sandbox> sandbox = TRY(Sandbox::Set(context, scenario, gated));
    return act(*sandbox);
  }

  // As read last; what was read before stays valid for runs that began with it.
  const System& system() const;
  // After a change of the system file: people and targets. kInvalidInput: mistakes; components that changed, which
  // would have to be brought up anew.
  Result<void> ReadSystemAgain();
  Environment& environment() { return *ground_->environment; }
  Redactor& redactor() { return ground_->redactor; }
  const Launchers& launchers() const { return ground_->launchers; }
  const SessionOptions& options() const { return options_; }
  // Logs of its components and what crashed in its folder: nobody may find a secret there.
  std::vector<std::string> FilesToRead() const;
  OpenPrompts& prompts() { return ground_->prompts; }
  // Whoever was told of the progress is gone.
  void ForgetProgress() { options_.progress = nullptr, options_.on_ready = nullptr; }

 private:
  // What is up: owned by the sessions on it.
  struct Ground {
    Redactor redactor = {};
    Works works{redactor};
    std::shared_mutex exclusivity = {};
    Launchers launchers = {};
    std::unique_ptr<Environment> environment = {};
    OpenPrompts prompts = {};
    std::mutex builds_mutex = {};
    std::map<std::string, std::string> builds = {};  // path, size and time of a program -> its fingerprint
    Janitor janitor{};                               // goes before the environment it tidies
  };

  Session(const ProbeSet& probes, SessionOptions options, std::shared_ptr<Ground> ground)
      : probes_(probes), options_(std::move(options)), ground_(std::move(ground)) {}

  // As many, alike and in the same order.
  bool HasComponentsOf(const System& system) const;
  RunContext ContextFor(const std::string& mutant, std::chrono::steady_clock::time_point began,
                        const System* other = nullptr);
  // Tells one build of a target's program from another; "" for a target that is not launched.
  std::string BuildOf(const std::string& target, const std::string& mutant);

  const ProbeSet& probes_;
  SessionOptions options_;
  const std::shared_ptr<Ground> ground_;
  mutable std::mutex systems_mutex_;
  std::deque<System> systems_;
};

// Without an environment: what there is to run, with every mistake in the files.
Result<System> LoadSystemFor(const SessionOptions& options);
Result<std::vector<Suite>> LoadAllSuites(const SessionOptions& options, const System& system, const ProbeSet& probes);
Result<std::vector<Scenario>> SelectScenarios(const std::vector<Suite>& suites, const RunRequest& request);
// The same from all suites, and from files that lie elsewhere and are named by their absolute path.
struct Selection {
  std::vector<Suite> suites = {};  // all there are, whatever is selected
  std::vector<Scenario> scenarios = {};
};
Result<Selection> LoadSelection(const SessionOptions& options, const System& system, const ProbeSet& probes,
                                RunRequest request);
// Its scenarios alone.
Result<std::vector<Scenario>> LoadSelected(const SessionOptions& options, const System& system, const ProbeSet& probes,
                                           RunRequest request);

}  // namespace iff
