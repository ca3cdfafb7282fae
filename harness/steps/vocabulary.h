// The names a scenario file may use. Whoever reads files is told them; what is not in a set is a mistake there.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "harness/environment/protocol.h"

namespace iff {

// What may stand where a component is named, and means that of the target which the step is about: the issuer of its
// tokens, the same where the target exchanges tokens there, the store of people's credentials, the same where it hands
// out what people hold of the target's upstream as it is, the database behind it, and its upstream unless that is one.
inline constexpr std::array<std::string_view, 6> kRoles = {"issuer",   "exchange", "secret_store", "stored_credentials",
                                                           "database", "upstream"};

inline bool IsRole(std::string_view word) { return std::find(kRoles.begin(), kRoles.end(), word) != kRoles.end(); }

struct Vocabulary {
  std::set<std::string> targets = {};
  std::set<std::string> any = {};  // what `targets: any` stands for: the system's own
  // What `beside: another` stands for, beside each target that has one: System::AnotherBeside.
  std::map<std::string, std::string> another = {};
  std::set<std::string> personas = {};
  std::map<std::string, SpokenProtocol> components = {};  // and what each speaks
  // Of each target, by role, the component that has it: RolesOf. A role that nobody has stays in the scenario as it is.
  std::map<std::string, std::map<std::string, std::string>> roles = {};
  std::set<std::string> operations = {};  // over all targets
  std::set<std::string> tools = {};       // over all targets; empty: any
  std::set<std::string> attacks = {};
  std::set<std::string> probes = {};
  std::set<std::string> revocable = {};        // what some driver declares that it can take away
  std::set<std::string> rotatable = {};        // or make anew
  std::set<std::string> by_policy = {};        // attacks that no clause forbids to take
  std::set<std::string> of_proofs = {};        // attacks whose proof is wrong, not whose token
  std::set<std::string> of_certificates = {};  // attacks whose client certificate is wrong
};

}  // namespace iff
