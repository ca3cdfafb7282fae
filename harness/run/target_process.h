// The process of a target, with its replicas and with the components that were started for it alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/environment.h"
#include "harness/environment/system.h"
#include "harness/launch/service.h"
#include "harness/launch/service_spec.h"
#include "harness/mcp/wire.h"
#include "harness/net/endpoint.h"
#include "harness/run/run_context.h"
#include "harness/scenario/scenario.h"

namespace iff {

// What goes into the start of a target beside its place.
struct TargetLaunch {
  const RunContext& context;
  const TargetSpec& target;
  const Scenario& scenario;
  std::map<std::string, Outputs> outputs = {};    // of the components, as the target is to see them
  std::map<std::string, std::string> words = {};  // what ${word} stands for in the system file, beside its place
};

// Owns everything it was started with, with the other targets of its scenario: the processes end before the components
// that they call. What reads and what StartFor does is thread-safe among each other.
class TargetProcess {
 public:
  explicit TargetProcess(std::shared_ptr<Environment> own) : own_(std::move(own)) {}
  ~TargetProcess() { Stop(); }

  // ---- coming by one
  // Others started it, and it is at `endpoint`. `audit`: path of its audit file; "": none that is known.
  void IsAt(const Endpoint& endpoint, const std::string& audit) { first_.endpoint = endpoint, first_.audit = audit; }
  // A port and a directory for it, before anything that names them is made.
  Result<void> Hold(const RunContext& context, const TargetSpec& target, bool tls);
  // Makes it as `launch` says, and starts it where it is not a process for each principal. REQUIRES: Hold.
  Result<void> Launch(const TargetLaunch& launch);
  // Ends it and starts it anew on the same port. kRefused: it is not ours to start.
  // kListening: it has a port and perhaps nothing else that it needs.
  enum class Until { kReady, kListening };
  Result<void> Relaunch(Until until);
  // Over stdio, the persona's own process, started with the credential that `shown` is.
  Result<std::unique_ptr<LineChannel>> StartFor(const std::string& persona, const Secret& shown);
  // Ends all processes; the components stay.
  void Stop();

  // ---- where it is
  const std::shared_ptr<Environment>& shared() const { return own_; }  // the components it was started with
  const Endpoint& endpoint() const { return first_.endpoint; }         // of several replicas, the first's
  const std::string& directory() const { return directory_; }
  // Names and endpoints of the replicas beside the first.
  std::vector<std::pair<std::string, Endpoint>> others() const;
  const std::string& audit_path() const { return first_.audit; }  // "": none that is known

  // ---- what is to be seen of it, since this scenario began
  // Why it is not running any more; nullopt: it runs, or was not started by us.
  std::optional<std::string> Exited() const;
  std::string Log() const;
  // The same, to be searched: an error where it is not there, or where nothing in it would say nothing. Over stdio a
  // server MAY write to its standard error (MCP 2025-11-25, transports), and most write nothing.
  Result<std::string> SearchableLog() const;
  std::string Audit() const;
  // nullptr: it was not launched by us, or there is one for each person. Of several replicas, the first.
  Service* service() { return first_.service ? &*first_.service : nullptr; }
  std::vector<Service*> services();  // all replicas; empty where service() is nullptr

  // ---- handing it from one scenario to the next (TargetPool)
  // What is logged and recorded from now on is another scenario's.
  void BeginScenario();
  // Another scenario, with these principals, has had it; `failed`: and failed.
  void NoteServed(const std::string& scenario, const std::vector<Principal>& met, bool failed);
  bool served_a_failure() const { return served_a_failure_; }
  const std::vector<std::string>& served() const { return served_; }  // ids of the scenarios that had it, in order
  const std::set<std::string>& met() const { return met_; }           // tags of the principals in those
  std::chrono::steady_clock::time_point started() const { return started_; }
  // Is it one process of ours, as it was started, that answers on `path` and whose components answer?
  bool MayServeAnother(const std::string& path) const;

 private:
  // One process. It stops before its port is given back.
  struct Replica {
    std::optional<HeldPort> port = {};
    Endpoint endpoint = {};
    std::string audit = {};  // path of its audit file; "": it has none
    ServiceSpec spec = {};   // to start it anew
    std::optional<Service> service = {};
  };
  static Result<ServiceSpec> SpecOf(const TargetLaunch& launch, Replica& replica, const std::string& directory,
                                    int64_t number);
  Result<void> Start(Until until);

  const std::shared_ptr<Environment> own_;
  Launcher* launcher_ = nullptr;  // of the run, which outlives it; nullptr: it is not ours to start
  std::string name_;              // of the target
  Transport transport_ = Transport::kHttp;
  std::string directory_;
  Replica first_;
  std::vector<std::unique_ptr<Replica>> others_;
  size_t logged_before_ = 0;   // bytes of its log that are not about this scenario
  size_t audited_before_ = 0;  // the same of its audit file
  bool relaunched_ = false;
  std::vector<std::string> served_;
  bool served_a_failure_ = false;
  std::set<std::string> met_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Service>> personal_;  // over stdio
};

// The targets of one scenario, its own first. They stand on the same components, and are handed on together.
using TargetProcesses = std::vector<std::unique_ptr<TargetProcess>>;

}  // namespace iff
