// The catalogue of causes: scenarios/causes.yaml says what each is, and the approved kills which checks fail for it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/run/cause.h"

namespace iff {

struct Cause {
  std::string name = {};  // "audience-not-checked"
  std::string says = {};
  Gravity gravity = Gravity::kForm;
  std::string fix = {};
  std::string clause = {};
  std::vector<std::string> mutants = {};  // the known faults that it stands for
  // Faults of examples that no mutant shows: what fails there, by "example/variant".
  std::map<std::string, std::set<std::string>> examples = {};
  // Which checks fail together where it is there: a set for each fault and server it was seen at.
  std::vector<std::set<std::string>> patterns = {};
  // Where these failed, all that were judged and two at least, it is there whatever else passed: no server without it
  // fails them together. Others may do a part of what it leaves out. Empty: only a pattern shows it.
  std::set<std::string> shown_by = {};
  // What fails because of it too, where it is there: never looked for.
  std::set<std::string> also = {};
};

struct CauseCatalogue {
  std::vector<Cause> causes = {};
  // Mutants that are no cause: what is wrong is a component of the system, which the system file configures.
  std::map<std::string, std::string> no_causes = {};  // why
};

// Of the project at `root`. A mutant without approved kills adds no pattern. kInvalidInput with every mistake and its
// place; kSystem where a file cannot be read.
Result<CauseCatalogue> LoadCauses(const std::string& root);

}  // namespace iff
