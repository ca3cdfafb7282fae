// A system that somebody else starts and ends, docker/compose.yaml for one: what is where, and what is kept about it
// in a folder between one command and the next.
//
//   FOLDER/<component>/        what the component is started with; it sees this folder at the same path
//   FOLDER/targets/<target>/   the server's settings and secrets, its audit trail
//   FOLDER/kept/               what nobody but us sees: addresses, keys, tokens, who there is
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/environment/component.h"
#include "harness/environment/system.h"
#include "harness/identity/keyring.h"
#include "harness/identity/principal.h"
#include "harness/jose/key.h"

namespace iff {

struct Attached {
  std::string folder = {};  // absolute
  std::map<std::string, Endpoint> components = {};
  std::map<std::string, Endpoint> targets = {};

  std::string TargetFolder(const std::string& target) const { return folder + "/targets/" + target; }
  std::string Kept() const { return folder + "/kept"; }
  std::map<std::string, Attachment> Attachments() const;
};

// "NAME=HOST:PORT" for every component and every target of `system`, and for nothing else; kInvalidInput otherwise.
Result<Attached> ReadAddresses(const System& system, const std::string& folder, const std::vector<std::string>& words);

// Makes the folders and writes what everybody is to be started with. What is there already stays as it is.
Result<void> PrepareAttached(const Attached& attached, const System& system, const DriverRegistry& driver_registry);
// kInvalidInput: nothing was prepared there.
Result<Attached> LoadAttached(const std::string& folder);
// Each issuer's signing key, which is the system's for good; made where there is none yet.
Result<void> TakeKeys(const Attached& attached, const System& system, const DriverRegistry& driver_registry,
                      Keyring& keys);

// `system` as it runs: nothing in it is a scenario's alone, its targets have addresses and take no settings.
void Apply(const Attached& attached, System& system);

// Everybody in the system file, by the name they have there; the same ones each time, with the accounts that issuers
// gave them once they are kept.
Result<std::vector<Principal>> PeopleOf(const Attached& attached, const System& system);
Result<void> KeepPeople(const Attached& attached, const std::vector<Principal>& people);

// What each target is set up with, for `--config`, with the secrets that are its own beside it.
Result<void> WriteTargets(const Attached& attached, const System& system,
                          const std::map<std::string, Outputs>& outputs);

// What may be told to whoever asks for it by name: "alice.password", "keycloak.client_secret.mcp-client".
Result<void> KeepTold(const Attached& attached, const std::vector<Principal>& people,
                      const std::map<std::string, Outputs>& outputs);
// kInvalidInput names what there is.
Result<Secret> Told(const Attached& attached, const std::string& name);

}  // namespace iff
