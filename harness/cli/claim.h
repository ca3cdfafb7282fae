// What a mutant's README claims: what is wrong, where, and who notices.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct SessionOptions;

struct Claim {
  std::string name = {};
  std::string fault = {};
  std::vector<std::string> targets = {};  // it is a variant of
  std::vector<std::string> suites = {};   // or scenarios it is run against; empty: all
  std::set<std::string> caught_by = {};   // checks that fail
  std::set<std::string> sometimes = {};   // may fail as well, as the moment has it: races
  // Of the system it is run in, which is then brought up for it alone: options over the system file's
  // ("vault.leeway" -> 60), and components that are wrong ("vault" -> "policy-for-everybody").
  std::map<std::string, Json> options = {};
  std::map<std::string, std::string> weaknesses = {};

  bool changes_system() const { return !options.empty() || !weaknesses.empty(); }
};

// Those of the mutants called `wanted`, or all, by name. `root` is the project's. kInvalidInput: a README that lacks
// something, a mutant that is not there.
Result<std::vector<Claim>> ReadClaims(const std::string& root, const std::vector<std::string>& wanted);

// Every check that `scenarios` ask.
std::set<std::string> CheckIdsOf(const std::vector<Scenario>& scenarios);

// Brings up the system that `claim` wants.
void Apply(const Claim& claim, SessionOptions& options);

// False: the servers stay as they are, their system is wrong; and for "".
bool ReplacesServer(const std::string& root, const std::string& mutant);

}  // namespace iff
