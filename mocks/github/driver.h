// The mock as a component, and what its driver declares of GitHub.
#pragma once

#include <string>

#include "harness/environment/component.h"

namespace iff {

Driver GithubMockDriver(std::string program);

}  // namespace iff
