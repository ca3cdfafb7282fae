// The names a scenario file may use. Whoever reads files is told them; what is not in a set is a mistake there.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/environment/protocol.h"

namespace iff {

struct Vocabulary {
  std::set<std::string> targets = {};
  std::set<std::string> any = {};  // what `targets: any` stands for: the system's own
  // What `beside: another` stands for, beside each target that has one: System::AnotherBeside.
  std::map<std::string, std::string> another = {};
  std::set<std::string> personas = {};
  std::map<std::string, SpokenProtocol> components = {};  // and what each speaks
  std::set<std::string> operations = {};                  // over all targets
  std::set<std::string> tools = {};                       // over all targets; empty: any
  std::set<std::string> attacks = {};
  std::set<std::string> probes = {};
  std::set<std::string> revocable = {};        // what some driver declares that it can take away
  std::set<std::string> rotatable = {};        // or make anew
  std::set<std::string> by_policy = {};        // attacks that no clause forbids to take
  std::set<std::string> of_proofs = {};        // attacks whose proof is wrong, not whose token
  std::set<std::string> of_certificates = {};  // attacks whose client certificate is wrong
};

}  // namespace iff
