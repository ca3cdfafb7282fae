// A whole world for tests of the runner: fakes for every capability and an MCP server that knows them. Nothing
// is started but that server; what goes wrong is chosen by the test.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "harness/environment/capabilities.h"
#include "harness/environment/environment.h"
#include "harness/net/http_server.h"
#include "harness/run/runner.h"

namespace iff {

// What the fakes share. Tests change it before a run, or from a probe; every use takes the mutex.
struct FakeWorld {
  std::mutex mutex = {};
  SigningKey key = SigningKey::Generate(Algorithm::kEs256, "realm-key");
  TokenProfile profile = {};  // of every token

  // ---- what happened
  std::vector<Principal> principals = {};
  std::map<std::string, std::string> tokens = {};  // issued token -> persona
  std::vector<LedgerEntry> calls = {};
  std::map<std::string, std::string> audiences = {};  // by scope, of tokens for another than the rig's target
  std::vector<AuditEntry> audited = {};
  std::map<std::string, int64_t> counts = {{"leases", 3}};
  std::vector<std::string> done = {};         // "rotate", "remove 2", "seal", "unseal", "grants alice", ...
  std::vector<std::string> strangers = {};    // entities the secret store made unasked and has not told yet
  std::vector<std::string> seen_tokens = {};  // as the target got them

  // ---- what goes wrong
  std::set<std::string> locked_out = {};        // personas the issuer does not log in
  std::map<std::string, std::string> ill = {};  // component -> why it does not answer
  size_t verified = 3;                          // facts that Verify compares
  bool takes_forged = false;                    // the target takes any token
  int valid_left = 1'000'000;                   // how many valid tokens the target takes before it refuses all
  int busy_for = 0;                             // so many calls are answered with a tool error first
  int limit = 1'000'000;                        // calls after which the target answers 429
  bool echoes = false;                          // the token it refuses stands in the challenge
  bool passes_through = false;                  // the caller's token is presented upstream
  bool discloses_all = false;                   // whoever asks gets it
  bool asks_upstream = true;
  std::string ledger_problem = {};
  int64_t issued_at = 1'800'000'000;  // of every token
  int64_t lifetime = 300;             // seconds, of every token
  // Has the last word about an answer: who asked ("" for nobody), and for which method. The mutex is held.
  std::function<void(const std::string& persona, const std::string& method, HttpResponse& answer)> alter = {};
};

class FakeComponent : public Component {
 public:
  FakeComponent(FakeWorld& world, std::string name, Endpoint endpoint)
      : world_(world), name_(std::move(name)), endpoint_(std::move(endpoint)) {}
  const std::string& name() const override { return name_; }
  std::string version() const override { return "fake 1.0"; }
  Endpoint endpoint() const override { return endpoint_; }
  Outputs outputs() const override { return {{"url", {endpoint_.Url()}}}; }
  Result<void> Check() override;
  std::string LogTail(size_t) const override { return "the last words of " + name_; }
  std::vector<std::string> log_paths() const override { return {}; }

 protected:
  FakeWorld& world_;

 private:
  std::string name_;
  Endpoint endpoint_;
};

class FakeTokenIssuer : public FakeComponent, public PrincipalRegistry, public TokenIssuer, public IssuerKeys {
 public:
  using FakeComponent::FakeComponent;
  Result<Assigned> Add(const std::vector<Principal>& principals) override;
  Result<size_t> Verify(const std::vector<Principal>& principals) override;
  Result<void> Remove(const std::vector<Principal>& principals) override;
  TokenProfile profile() const override { return world_.profile; }
  Result<Credential> Issue(const CredentialRequest& request) override;
  Result<Credential> Refresh(const Credential& credential) override;
  Result<Credential> Exchange(const Credential& credential, std::string_view client,
                              std::string_view audience) override;
  Result<void> EndSessions(const Principal& principal) override;
  Result<void> SetEnabled(const Principal& principal, bool enabled) override;
  SigningKey signing_key() const override { return world_.key; }
  Result<void> Rotate() override;
};

class FakeLedger final : public FakeComponent, public CallLedger {
 public:
  using FakeComponent::FakeComponent;
  Result<uint64_t> Mark() override;
  Result<std::vector<LedgerEntry>> Since(uint64_t mark) override;
  Result<void> Disturb(std::string_view account, int status) override;
};

class FakeSecretStore : public FakeComponent,
                        public SecretStore,
                        public AuditSource,
                        public ResourceCounter,
                        public EntityStore {
 public:
  using FakeComponent::FakeComponent;
  Result<void> SetEnabled(const Principal& principal, bool enabled) override;
  Result<void> RevokeGrants(const Principal& principal) override;
  Result<void> Put(const Principal& principal, const Account& account) override;
  Result<void> Drop(const Principal& principal, std::string_view upstream) override;
  Result<void> SetSealed(bool sealed) override;
  Result<uint64_t> Mark() override;
  Result<std::vector<AuditEntry>> Since(uint64_t mark) override;
  Result<std::map<std::string, int64_t>> Counts(const std::vector<Principal>& but) override;
  Result<std::vector<std::string>> NewUndeclared() override;
};

// Launches nothing: the target is given by URL.
class FakeLauncher final : public Launcher {
 public:
  Result<Service> Launch(ServiceSpec spec) override;
  const std::string& run_directory() const override { return directory_; }
  Result<std::string> MakeDirectory(std::string_view name, std::string_view account) override;

 private:
  std::string directory_ = "nowhere";
};

// The context runners need: issuer, vault and jira, where jira is made anew for each scenario.
class RunRig {
 public:
  RunRig();
  // Changes of the system and the catalogue come before this.
  RunContext& context();
  RunResult Run(const std::vector<Scenario>& scenarios, RunnerOptions options = {});
  ScenarioResult RunOne(const Scenario& scenario);

  FakeWorld world;
  System system;
  DriverRegistry driver_registry;
  ProbeSet probes;
  ManualClock clock;
  Redactor redactor;
  Launcher* launcher = nullptr;  // set before context(); without it no target can be launched

 private:
  HttpResponse Answer(const HttpRequest& request);  // REQUIRES: the world's mutex is held

  FakeLauncher launcher_;
  std::shared_mutex exclusivity_;
  std::unique_ptr<HttpServer> target_;
  std::unique_ptr<Environment> environment_;
  Janitor janitor_;
  std::unique_ptr<RunContext> context_;
};

// ---- scenarios

Expectation Expect(std::string check, Condition condition);
GivenPrincipal Given(const std::string& persona);
Step Obtain(const std::string& persona);
Step CallOwn(const std::string& with, std::vector<Expectation> expect);
Scenario ScenarioOf(std::string id, std::vector<Step> steps);
// Alice logs in and reads her own thing; passes unless the world is out of joint.
Scenario Honest(const std::string& id = "suite/honest@tracker");

// The check called `id`, wherever it stands; one that says so if there is none.
Check CheckIn(const ScenarioResult& result, const std::string& id);

// Every check of the scenario is errored, and there is one at least.
bool NothingBelieved(const ScenarioResult& result);

}  // namespace iff
