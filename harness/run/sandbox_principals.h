// Who is in a scenario, what they may present, and how they come by it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/capabilities.h"
#include "harness/identity/credential.h"
#include "harness/jose/forge.h"
#include "harness/run/components.h"
#include "harness/run/principal_pool.h"
#include "harness/run/run_context.h"
#include "harness/run/sandbox_certificates.h"
#include "harness/run/trace_log.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Credentials are kept and found from several threads; all else is one thread's.
class SandboxPrincipals {
 public:
  // All outlive it. `shares`: principals of the run's pool may be taken, because no step
  // harms them.
  SandboxPrincipals(const RunContext& context, const TargetSpec& target, const Components& components, TraceLog& trace,
                    bool shares)
      : context_(context), target_(&target), components_(components), trace_(trace), shares_(shares) {}

  // From now on `target` is the one that is meant: its issuer, client, scopes and keys, and everybody by the id and the
  // items by which it knows them. REQUIRES: nobody sends meanwhile, and it outlives this.
  void Face(const TargetSpec& target);

  // Makes who is given, or takes over who was in an earlier scenario and is not among `met`, whom the target knows.
  Result<void> Make(const Scenario& scenario, const std::set<std::string>& met);
  // Tells every component of them, and has each read back what it was told.
  Result<void> Provision();
  // Who is shared goes back to the pool if everybody is `unharmed`; the janitor gets the others, to remove them from
  // every component. Nobody is left.
  void Part(bool unharmed);

  // ---- who they are
  const std::vector<Principal>& all() const { return principals_; }
  std::vector<Principal>& all() { return principals_; }
  const Principal* Find(std::string_view persona) const;    // nullptr: there is none
  std::string SomebodyBut(std::string_view persona) const;  // a login name
  // By which a request to a component can be told to be about the persona: tokens, ids, accounts, as they are and as
  // they read within a JWT. Empty for "".
  std::vector<std::string> MarksOf(std::string_view persona) const;

  // ---- who issues
  // The component whose tokens the target takes: the one its file names, else the only one there is. "": none, or
  // several.
  std::string IssuerName() const;
  // The issuer of that name; "": the target's. kInvalidInput: there is none, or several and the file names none.
  Result<TokenIssuer*> Issuer(std::string_view name = {}) const;
  Result<IssuerKeys*> KeysOf(std::string_view issuer = {}) const;
  // Why the harness cannot sign as that issuer: its keys are its own. "": it can, or there is no such issuer.
  std::string WhyNoKeys(std::string_view issuer = {}) const;
  // With the keys and the token profile of an issuer; "": the target's.
  Result<Forge> MakeForge(std::string_view issuer = {}) const;

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
  // Why `name`, obtained for this target, is a token for another one as well: one that was obtained for a target beside
  // it names the same audience, so that both are one server to their issuer. "": none does.
  std::string WhyOneAudience(const std::string& name) const;
  // Why there is no such attack on the credential: its issuer's keys or token profile. "": there is, or it is none on a
  // token; with "" for the attack, why no token can be made from it at all.
  std::string WhyNotForged(std::string_view attack, const Credential& from) const;
  // What shows `from` in the one way that the attack names: another token, another proof, another certificate, or
  // another request around it.
  Result<Credential> WrongIn(const std::string& attack, const Credential& from) const;

  // ---- client certificates
  // nullptr: the target asks for none. Once, before anybody sends.
  void Use(std::unique_ptr<const SandboxCertificates> certificates) { certificates_ = std::move(certificates); }
  const SandboxCertificates* certificates() const { return certificates_.get(); }
  // The thumbprint (x5t#S256) of the persona's client certificate; "": there is no TLS here, or no such persona.
  std::string CertificateOf(std::string_view persona) const;

  // ---- of a target that takes keys instead of an issuer's tokens
  // Everybody gets one for each of `targets` that takes keys.
  void DrawKeys(const std::vector<const TargetSpec*>& targets);
  // Everybody's key with the name of its owner, for the target to read. Does nothing where it takes none.
  Result<void> WriteKeys(const std::string& path) const;
  // For a target that reads one from its environment, because it takes it nowhere else; it is good for one scenario.
  std::string KeyOfFirst() const;

 private:
  // How a target knows somebody: where several do, only one of them is faced.
  struct KnownAs {
    std::string id = {};
    std::string issuer = {};
    std::map<std::string, Json> items = {};
  };
  void TakeKey(const std::string& name, const Principal& principal);
  // A login from before that this scenario has not presented yet, and that is about as good as a new one.
  std::optional<Credential> LoginAtHand(const std::string& persona, const std::string& issuer,
                                        const std::string& client, const std::vector<std::string>& scopes);
  void KeepAtHand(const std::string& persona, PrincipalPool::Login login);
  Result<Credential> WithWrongCertificate(const std::string& attack, const Credential& from) const;

  const RunContext& context_;
  const TargetSpec* target_;  // that is faced
  const Components& components_;
  TraceLog& trace_;
  const bool shares_;
  std::vector<Principal> principals_;
  // By name of the target and persona.
  std::map<std::string, std::map<std::string, KnownAs>> known_as_;
  std::map<std::string, std::map<std::string, Secret>> keys_;  // of targets that take keys
  std::map<std::string, PrincipalPool::Person> shared_;        // by persona
  std::set<std::string> known_;                                // personas of shared_ who were provisioned before
  std::unique_ptr<const SandboxCertificates> certificates_;
  mutable std::mutex mutex_;
  std::map<std::string, Credential> credentials_;
  std::map<std::string, std::string> obtained_for_;  // credential -> target
  std::map<std::string, int> minted_;
};

}  // namespace iff
