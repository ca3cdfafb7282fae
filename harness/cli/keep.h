// Keeping the sandbox of a scenario that did not pass, at a prompt.
#pragma once

#include "harness/cli/command.h"

namespace iff {

// Its sandbox stays until the prompt is left.
void KeepSandbox(const Call& call, Session& session, Sandbox& sandbox, const ScenarioResult& result);

}  // namespace iff
