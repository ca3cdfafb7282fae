// The approved file of kills, servers/mutants/kills.yaml: which checks each mutant is killed by, of each target.
// Written by 'iff mutants --accept' and reviewed as a diff; what runs mutants holds them against it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/core/result.h"

namespace iff {

using ChecksByTarget = std::map<std::string, std::set<std::string>>;
using Kills = std::map<std::string, ChecksByTarget>;  // by mutant

// What is in `from` and not in `what`; no target without a check.
ChecksByTarget Without(const ChecksByTarget& from, const ChecksByTarget& what);
std::set<std::string> OfAllTargets(const ChecksByTarget& checks);

// Of the project at `root`.
std::string KillsFile(const std::string& root);

// kInvalidInput with line and caret where the file is not of that form; kSystem where it cannot be read.
Result<Kills> ReadKills(const std::string& path);

// One check a line, everything by name: a change is a short diff. ReadKills reads back the same.
std::string KillsText(const Kills& kills);
Result<void> WriteKills(const std::string& path, const Kills& kills);

}  // namespace iff
