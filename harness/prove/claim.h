// What is known of a mutant before it is run: what is wrong and where, from its table (servers/mutants/*.cc), and the
// checks that fail for it, from the approved file of kills.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/causes/kills.h"
#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct Places;
struct SessionOptions;

struct Claim {
  std::string name = {};
  std::string family = {};
  std::string fault = {};
  std::vector<std::string> targets = {};  // it is a variant of
  std::vector<std::string> suites = {};   // or scenarios it is run against; empty: all
  ChecksByTarget killed_by = {};          // checks that fail; empty: none were accepted yet
  bool reuses_targets = false;            // wrong only once it has served several scenarios; they play one by one
  std::set<std::string> sometimes = {};   // may fail as well, as the moment has it: races
  std::set<std::string> proves = {};      // of its kills, those that no mutant of fewer kills has: each check is one's
  // Of the system it is run in, which is then brought up for it alone: options over the system file's
  // ("vault.leeway" -> 60), and components that are wrong ("vault" -> "policy-for-everybody").
  std::map<std::string, Json> options = {};
  std::map<std::string, std::string> misconfigurations = {};

  bool changes_system() const { return !options.empty() || !misconfigurations.empty(); }
};

// Of 'iff-mutant --list', by name; nothing is known of kills. kInvalidInput: a mutant that lacks something or of which
// nothing is wrong, two of one name.
Result<std::vector<Claim>> ParseMutants(std::string_view list);

// All that the program in `places` lists, by name. kUnavailable: the program is not built or fails.
Result<std::vector<Claim>> ReadMutants(const Places& places);

// Kills of mutants that are not there any more; and, to accept the first ones, a file of kills that is not there.
enum class StaleKills { kRefused, kPassedOver };

// Those of the mutants called `wanted`, or all, by name, with their kills. kInvalidInput: as ParseMutants and
// ReadKills, and for a mutant that is not there, wanted or, unless they are passed over, killed.
Result<std::vector<Claim>> ReadClaims(const Places& places, const std::vector<std::string>& wanted,
                                      StaleKills stale = StaleKills::kRefused);

// Those of `claims` called `wanted`; all where none is wanted. kInvalidInput: one is not there.
Result<std::vector<Claim>> Wanted(const std::vector<Claim>& claims, const std::vector<std::string>& wanted);

// Every check that `scenarios` ask.
std::set<std::string> CheckIdsOf(const std::vector<Scenario>& scenarios);

// Those of `scenarios` that ask a check by which `claim` is killed or may fail: what it takes to see whether it still
// is. All of them where no kill is accepted yet, or where what was played before is a part of the fault.
std::vector<Scenario> AskingForKills(const Claim& claim, std::vector<Scenario> scenarios);

// Of those, the ones that ask for what it `proves`, at one target; where it proves nothing, for one of its kills. When
// all mutants are played so, each is seen to be noticed and each check to notice one. All of them as AskingForKills.
std::vector<Scenario> AskingForProofs(const Claim& claim, std::vector<Scenario> scenarios);

// What is asked for by those of `all` that are not among `scenarios`: whether it fails is not known when they alone are
// played, also where one of them asks for it as well.
ChecksByTarget AskedElsewhere(const std::vector<Scenario>& scenarios, const std::vector<Scenario>& all);

// Brings up the system that `claim` wants.
void Apply(const Claim& claim, SessionOptions& options);

}  // namespace iff
