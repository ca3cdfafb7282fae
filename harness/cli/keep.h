// Keeping the stage of a scenario that did not pass, at a prompt.
#pragma once

#include "harness/cli/command.h"

namespace iff {

// Its stage stays until the prompt is left.
void KeepStage(const Call& call, Session& session, Stage& stage, const ScenarioResult& result);

}  // namespace iff
