// Which component stands behind a target as what: scenarios say the role, and every system has names of its own.
#pragma once

#include <map>
#include <string>

#include "harness/environment/component.h"
#include "harness/environment/system.h"

namespace iff {

// By role, of those that harness/steps/vocabulary.h lists; a role that nothing has is missing. What stands behind a
// target is what it is told of: `${component.output}` among its settings, command or environment.
std::map<std::string, std::string> RolesOf(const DriverRegistry& driver_registry, const System& system,
                                           const TargetSpec& target);

}  // namespace iff
