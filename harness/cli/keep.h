// Keeping a stage: the prompt of whoever keeps it, and the door for those who join from another terminal.
#pragma once

#include "harness/cli/command.h"
#include "harness/cli/kept_stages.h"

namespace iff {

// Its stage stays until whoever is at the prompt leaves it and nobody has joined it.
void KeepStage(const Call& call, Session& session, Stage& stage, const ScenarioResult& result);
// Waits for whoever has joined, and says so; Ctrl-C sends them away.
void LeaveKept(const Call& call, KeptStages::Place& place);

}  // namespace iff
