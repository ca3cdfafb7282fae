// Reads what a `fault` step says: how a component is disturbed, and whom that meets.
#pragma once

#include <set>
#include <string>

#include "harness/core/yaml.h"
#include "harness/scenario/load.h"
#include "harness/scenario/scenario.h"

namespace iff {

// REQUIRES: the step at `at` has a member `fault`. `roles` are the scenario's. Mistakes are left with the reader.
FaultStep ReadFault(YamlReader& reader, const std::string& at, const Vocabulary& vocabulary,
                    const std::set<std::string>& roles);

}  // namespace iff
