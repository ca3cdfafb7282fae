// What a check, a cause, a kind of check, an attack, a clause or a probe's finding means, and what to do about it. The
// words lie in docs/explanations.yaml, of kinds with each condition, and of causes in scenarios/causes.yaml; where
// something is used comes from the scenarios themselves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/causes/catalogue.h"
#include "harness/core/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct Explanations {
  struct Family {  // of attacks: what the rows of the catalogue have in common
    std::string plain = {};
    std::string risk = {};
    std::string fix = {};
  };
  std::map<std::string, Family> rows = {};  // by the row of the attack catalogue: "B01"
  std::map<std::string, std::string> clauses = {};
  std::map<std::string, std::string> findings = {};
  std::vector<Cause> causes = {};
};
// Of the project at `root`. kInvalidInput with line and caret.
Result<Explanations> LoadExplanations(const std::string& root);

// `topic` is a check's id, an attack's, a cause, a clause, a finding, or a kind; lines to print. kInvalidInput: nothing
// is called so, and what was probably meant.
Result<std::vector<std::string>> Explain(const std::string& topic, const Explanations& words,
                                         const std::vector<Suite>& suites);

// Everything that can be asked for.
std::vector<std::string> Topics(const Explanations& words, const std::vector<Suite>& suites);

// Of what the suites use, that which has no explanation.
std::vector<std::string> Unexplained(const Explanations& words, const std::vector<Suite>& suites);

}  // namespace iff
