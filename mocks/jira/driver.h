// The mock as a component, and what its driver declares of Jira.
#pragma once

#include <string>

#include "harness/environment/component.h"

namespace iff {

Driver JiraMockDriver(std::string program);

}  // namespace iff
