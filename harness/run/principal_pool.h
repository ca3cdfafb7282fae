// Making people, and handing them from one scenario to the next: most scenarios only ask a server for things, which
// leaves the people they ask as as they were.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/identity/credential.h"
#include "harness/identity/principal.h"

namespace iff {

// A principal nobody has seen: name, accounts and canaries are new. Its ids come with its provisioning (provision.h).
// `persona` is what the scenario calls it.
Principal MakePrincipal(const std::string& persona, const std::vector<std::string>& groups,
                        const std::vector<std::string>& upstreams);
// An account of its own at each of `upstreams`: login, credentials and canary are new.
void GiveAccounts(Principal& principal, const std::vector<std::string>& upstreams);

// Thread-safe. Whoever takes somebody is the only one to have them until they are returned.
class PrincipalPool {
 public:
  // A login that was made for them, which the next scenario may present as its own.
  struct Login {
    std::string issuer = {};
    std::string client = {};
    std::vector<std::string> scopes = {};
    Credential credential = {};
    bool presented = false;  // by the scenario that has them now, or not to be by it: its next login has to be another
  };
  struct Person {
    Principal principal = {};
    std::vector<Login> logins = {};
    std::chrono::steady_clock::time_point made = {};
    uint64_t era = 0;  // of the pool; whoever is of an earlier one is not taken back
  };

  // Nobody is handed out who is older than `keeps`: what components lend people lives for an hour and more, and is not
  // to run out under a scenario. Beyond `most` nobody is kept.
  explicit PrincipalPool(std::chrono::seconds keeps = std::chrono::minutes(10), size_t most = 64)
      : keeps_(keeps), most_(most) {}

  // Somebody with the same persona, groups, issuer and accounts at the same upstreams as `wanted`; none: nobody is
  // free. Which of their logins may be presented is for the caller to say. `but`: tags of those who are not wanted; a
  // server that runs on has met them, and may remember them.
  std::optional<Person> Take(const Principal& wanted, const std::set<std::string>& but = {});
  // Of `principal`, who was just made.
  Person Admit(const Principal& principal) const;
  // REQUIRES: nothing was done to them that lasts.
  void Return(Person person);
  // Who was ever in a sandbox of the run but `own`, those who are gone included: what they held may outlive them for a
  // while.
  void Note(const std::vector<Principal>& principals);
  std::vector<Principal> Others(const std::vector<Principal>& own) const;
  // Something is done to what all of them live in, or it is to be without them: nobody is handed out again.
  void Dismiss();
  // Those whom nobody will get any more, for whoever removes them; each is told once.
  std::vector<Principal> TakeSpent();

 private:
  bool IsOld(const Person& person) const { return std::chrono::steady_clock::now() - person.made >= keeps_; }

  const std::chrono::seconds keeps_;
  const size_t most_;
  mutable std::mutex mutex_;
  std::vector<Person> free_;
  std::vector<Principal> spent_;
  std::map<std::string, Principal> seen_;  // by id; persona, name and id alone
  uint64_t era_ = 0;
};

}  // namespace iff
