// The world of one scenario: its principals, its own components, the gates before the others, the target,
// and everybody's credentials. Everything on it is gone afterwards, and is new, but for people who may be shared.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/capabilities.h"
#include "harness/jose/forge.h"
#include "harness/mcp/connection.h"
#include "harness/net/certificates.h"
#include "harness/net/gate.h"
#include "harness/run/cursors.h"
#include "harness/run/judge.h"
#include "harness/run/recording.h"
#include "harness/run/replica.h"
#include "harness/run/run_context.h"
#include "harness/run/target_pool.h"
#include "harness/run/trace.h"
#include "harness/scenario/scenario.h"

namespace iff {

class Sandbox {
 public:
  enum class People {
    kOwn,     // made for this sandbox, and gone with it
    kShared,  // from the run's pool, if one is free there
  };
  // Provisions the principals, verifies them, starts the scenario's components and the target.
  // `gated` names components that get a gate. `target`: of ReuseFor, whose pool outlives it; else one is started.
  static Result<std::unique_ptr<Sandbox>> Set(const RunContext& context, const Scenario& scenario,
                                              const std::vector<std::string>& gated, People people = People::kOwn,
                                              TargetReuse target = {});
  // A target of `pool` that runs already and is as one started for `scenario` would be, if one is idle.
  // REQUIRES: WhyFreshTarget(scenario) is "".
  static TargetReuse ReuseFor(const RunContext& context, const Scenario& scenario, TargetPool& pool);
  // Takes everything down, in reverse. Shared people go back to the pool if it is known that they are as they were; the
  // janitor gets the others, to remove them from every component.
  ~Sandbox();
  // Everything was as it should be: whoever is shared may be handed out again, and so may the target.
  void PeopleAreUnharmed() { unharmed_ = true; }

  // ---- who is in it
  const std::vector<Principal>& principals() const { return principals_; }
  const Principal* FindPrincipal(std::string_view persona) const;
  const TargetSpec& target() const { return *target_; }
  const RunContext& context() const { return context_; }
  // The component whose tokens the target takes: the one its file names, else the only one there is. "": none, or
  // several.
  std::string IssuerName() const;
  // The issuer of that name; "": the target's. kInvalidInput: there is none, or several and the file names none.
  Result<TokenIssuer*> Issuer(std::string_view name = {}) const;
  Result<IssuerKeys*> KeysOf(std::string_view issuer = {}) const;
  // Why the harness cannot sign as that issuer: its keys are its own. "": it can, or there is no such issuer.
  std::string WhyNoKeys(std::string_view issuer = {}) const;
  // Why there is no such attack on the credential: its issuer's keys or token profile. "": there is, or it is none on a
  // token; with "" for the attack, why no token can be made from it at all.
  std::string WhyNotForged(std::string_view attack, const Credential& from) const;
  template <class T>
  Result<T*> Find(std::string_view component = {}) const {
    if (own_ != nullptr) {
      Result<T*> found = own_->Find<T>(component);
      if (found.ok()) return found;
    }
    return context_.environment.Find<T>(component);
  }
  template <class T>
  std::vector<std::pair<std::string, T*>> All() const {
    std::vector<std::pair<std::string, T*>> all;
    for (const Environment* environment : {&context_.environment, static_cast<Environment*>(own_.get())}) {
      if (environment == nullptr) continue;
      for (Component* component : environment->components()) {
        if (T* able = dynamic_cast<T*>(component)) all.emplace_back(component->name(), able);
      }
    }
    return all;
  }
  Gate* FindGate(std::string_view component) const;
  // By which a request to a component can be told to be about the persona: tokens, ids, accounts, as they are and as
  // they read within a JWT. Empty for "".
  std::vector<std::string> MarksOf(std::string_view persona) const;

  // ---- credentials, by name
  const Credential* FindCredential(std::string_view name) const;
  // Registers its secrets under an alias and keeps it.
  void Keep(const std::string& name, const std::string& persona, Credential credential);
  // A login of `persona` for this target with these scopes; names it `name`.
  // `prover`: the token is bound to its key; such a login is never one from before. `from`: an issuer other than the
  // target's.
  Result<void> Obtain(const std::string& name, const std::string& persona, const std::vector<std::string>& scopes,
                      const std::string& client, std::shared_ptr<const Prover> prover = {},
                      const std::string& from = {});
  std::vector<std::string> AllScopes() const;
  // With the keys and the token profile of an issuer; "": the target's.
  Result<Forge> MakeForge(std::string_view issuer = {}) const;
  // What shows `from` in the one way that the attack names: another token, another proof, another certificate, or
  // another request around it.
  Result<Credential> WrongIn(const std::string& attack, const Credential& from) const;
  // The thumbprint (x5t#S256) of the persona's client certificate; "": there is no TLS here, or no such persona.
  std::string CertificateOf(std::string_view persona) const;

  // ---- the target
  // One request as `sending` says. Traced.
  SendOutcome Send(const Sending& sending, std::string_view method, Json params, const std::string& title);
  SendOutcome SendAgain(const HttpRequest& request, const Sending& sending, const std::string& title);
  // Any HTTP request to the target, for what is not MCP. Traced.
  SendOutcome SendPlain(HttpRequest request, const std::string& persona, const std::string& title);
  // Any HTTP request as whoever `sending` names, to the origin of the target or, where `to` names one, of a component.
  // `take` is given the answer before anything of it is kept, so that it may register secrets; after an error of its
  // own nothing of the answer is kept. Traced.
  SendOutcome SendHttp(HttpRequest request, const Sending& sending, const std::string& to, const std::string& title,
                       const std::function<Result<void>(const McpAnswer&)>& take);
  Result<Json> CallParams(const CallStep& call, const std::string& caller) const;
  // What the server chose when it shook hands in `revision` with whoever shows the credential; "" if it has not.
  std::string Negotiated(const std::string& credential, const std::string& revision);
  const Endpoint& target_endpoint() const { return target_endpoint_; }
  std::optional<std::string> TargetExited() const;
  std::string TargetLog() const;
  // The same, to be searched: an error where it is not there, or where nothing in it would say nothing. Over stdio a
  // server MAY write to its standard error (MCP 2025-11-25, transports), and most write nothing.
  Result<std::string> SearchableLog() const;
  std::string TargetAudit() const;
  const std::string& target_audit_path() const { return target_audit_; }  // "": none that is known
  const HttpRequest* last_request() const { return last_request_ ? &*last_request_ : nullptr; }
  // nullptr: it was not launched by us, or there is one for each person. Of several replicas, the first.
  Service* target_service() { return service_ ? &*service_ : nullptr; }
  // All replicas of it; empty where target_service() is nullptr.
  std::vector<Service*> target_services();
  // Ends the target and starts it anew, on the same port; sessions and connections are gone with it.
  // kListening: it has a port and perhaps nothing else that it needs; nothing is planted.
  enum class Until { kReady, kListening };
  Result<void> Relaunch(Until until = Until::kReady);

  // Do the components of this scenario alone still answer? The run's are asked by whoever runs it.
  Result<void> CheckComponents() const { return own_->Check(); }

  // ---- what is seen
  using Marks = Cursors;
  Marks Mark() const;
  // Everything seen at the far side since, with what could not be seen; adds it to the trace.
  void Observe(const Marks& since, const std::string& caller, const SendOutcome& outcome, Observation& seen);
  // Was the token handed on to anybody behind the target since? By the ledgers, and, where a check of the scenario asks
  // for it, by everything the target sent.
  void LookBehind(const Marks& since, const Credential* presented, Observation& seen) const;
  std::map<std::string, int64_t> Counts(Observation* seen) const;  // "component.what"
  Trace TakeTrace();
  int64_t ElapsedUs() const;  // since the sandbox was begun: the scale of the trace
  // What belongs to this sandbox alone, by the name that a recording gives it: tags, ids, accounts, addresses.
  std::vector<NamedText> Names() const;

 private:
  explicit Sandbox(const RunContext& context) : context_(context) {}
  Result<void> Cast(const Scenario& scenario);
  void PartWithPeople();
  // A login from before that this scenario has not presented yet, and that is about as good as a new one.
  std::optional<Credential> LoginAtHand(const std::string& persona, const std::string& issuer,
                                        const std::string& client, const std::vector<std::string>& scopes);
  void KeepAtHand(const std::string& persona, PrincipalPool::Login login);
  Result<void> Provision();
  void TakeOver(RunningTarget& running);
  // Gives the target back to `targets_` if it may serve another scenario; false: it may not, and is to be stopped.
  bool ReturnTarget();
  // Ends the sessions this sandbox opened. False: one may be open still, against the target's word that it ends them.
  bool EndSessions();
  // Adds every component to those that get a gate: what the target sends to any of them is kept.
  void WatchAll(std::vector<std::string>& gated);
  Result<void> LaunchTarget(const Scenario& scenario);
  // How the process at `place` is started; its audit file goes to `audit`.
  Result<ServiceSpec> SpecAt(const ProcessPlace& place, const Scenario& scenario,
                             const std::map<std::string, Outputs>& outputs, std::map<std::string, std::string> words,
                             std::string& audit) const;
  Result<void> StartTarget(const ServiceSpec& spec);
  Result<void> Plant();
  // What ledgers and audit logs say since; of the audit logs, what was done as one of `persona_of`.
  Downstream ReadDownstream(const Marks& since, const std::map<std::string, std::string>& persona_of) const;
  // A CA, a certificate of the target, one of each person and their wrong ones; the words that name the files to the
  // target.
  std::map<std::string, std::string> MakeCertificates();
  Result<Credential> WithWrongCertificate(const std::string& attack, const Credential& from) const;
  // Of a target that takes keys: everybody's in a file of its own, and one of them named like a login.
  void DrawKeys();
  Result<void> WriteKeys() const;
  std::string KeyOfFirst() const;
  void TakeKey(const std::string& name, const Principal& principal);
  Result<void> PlantOf(Principal& principal, const Operation& operation, const std::string& canary);
  Result<Connection*> ConnectionFor(const std::string& revision);
  // How the target is spoken to; over stdio, a process for each person, started with the credential they show first.
  std::unique_ptr<Wire> MakeWire();
  Result<std::unique_ptr<LineChannel>> StartProcess(const std::string& persona);
  // Whose session is used: that of a credential, or of a process.
  std::string IdentityOf(const Sending& sending);
  Connection::Dress DressFor(const Sending& sending);
  std::string SomebodyBut(std::string_view persona) const;  // a login name
  // What proxies of all kinds would say if the persona's certificate had been shown to them.
  Headers FieldsOfProxies(const std::string& persona) const;
  SendOutcome Traced(const std::string& credential, const std::string& persona, const std::string& title,
                     const HttpRequest& request, const std::function<Result<McpAnswer>()>& send,
                     const std::string& lane = {}, bool as_http = false);  // lane "": the target's

  const RunContext& context_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  WallTime began_at_ = context_.clock.Now();
  const TargetSpec* target_ = nullptr;
  std::vector<Principal> principals_;
  bool shares_ = false;
  bool unharmed_ = false;
  std::map<std::string, Secret> keys_;                   // by persona, of a target that takes keys
  std::map<std::string, PrincipalPool::Person> shared_;  // by persona
  std::set<std::string> known_;                          // personas of shared_ who were provisioned before
  std::unique_ptr<Environment> own_;
  std::unique_ptr<Arrivals> arrivals_;  // outlives the gates; nullptr: nobody asks for it
  std::map<std::string, std::unique_ptr<Gate>> gates_;
  std::optional<HeldPort> target_port_;
  Endpoint target_endpoint_;
  std::string target_directory_;
  std::string target_audit_;
  ServiceSpec target_spec_;
  TargetPool* targets_ = nullptr;
  std::string target_key_;           // in `targets_`
  std::vector<std::string> served_;  // scenarios that the target's process served before, by id
  std::set<std::string> met_;        // tags of the principals whom the target's process met before
  std::chrono::steady_clock::time_point target_started_ = {};
  size_t logged_before_ = 0;   // bytes of the target's log that are not about this scenario
  size_t audited_before_ = 0;  // the same of its audit file
  bool relaunched_ = false;
  std::string scenario_id_;
  WireTls tls_;                                          // empty where the target speaks plain HTTP
  std::map<std::string, MadeCertificate> certificates_;  // by persona
  std::map<std::string, std::string> binds_to_wrong_;    // name of a wrong one -> thumbprint a token has to say, or ""
  std::optional<Service> service_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::vector<std::shared_ptr<Service>> processes_;  // of a target over stdio
  std::map<std::string, std::string> started_with_;  // persona -> credential, of those
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  mutable std::mutex mutex_;  // credentials and trace: probes send from several threads
  std::map<std::string, Credential> credentials_;
  std::map<std::string, int> minted_;
  Trace trace_;
  std::optional<HttpRequest> last_request_;
  std::set<std::string> started_;  // identities whose process has been spoken to
};

}  // namespace iff
