// Files to suites. A mistake is answered with file, line, column, the line and a caret; all mistakes
// are reported at once (kInvalidInput).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Names a file may use; whatever is not in a set is a mistake there. The caller knows them, this does not.
struct Vocabulary {
  std::set<std::string> targets = {};
  std::set<std::string> any = {};  // what `targets: any` stands for: the system's own
  std::set<std::string> roles = {};
  std::set<std::string> components = {};
  std::set<std::string> databases = {};   // those of them that speak PostgreSQL
  std::set<std::string> operations = {};  // over all targets
  std::set<std::string> tools = {};       // over all targets; empty: any
  std::set<std::string> attacks = {};
  std::set<std::string> probes = {};
  std::set<std::string> by_policy = {};        // attacks that no clause forbids to take
  std::set<std::string> of_proofs = {};        // attacks whose proof is wrong, not whose token
  std::set<std::string> of_certificates = {};  // attacks whose client certificate is wrong
};

// Reads every *.yaml under `directory`/<suite>/. A scenario that names several targets becomes one for
// each: "id@target".
Result<std::vector<Suite>> LoadSuites(const std::string& directory, const Vocabulary& vocabulary);

// One file: a scenario, as LoadSuites reads it. `suite` "": what its id begins with.
Result<std::vector<Scenario>> LoadScenario(const std::string& path, const std::string& suite,
                                           const Vocabulary& vocabulary);
// The same from a text; mistakes are told as in a file called `path`.
Result<std::vector<Scenario>> ParseScenario(const std::string& path, std::string_view text, const std::string& suite,
                                            const Vocabulary& vocabulary);

}  // namespace iff
