// What a fault of a scenario does to the gate before a component.
#pragma once

#include "harness/net/gate.h"
#include "harness/scenario/scenario.h"

namespace iff {

// REQUIRES: `as` is a word for gates; "sealed" is none, and an SQLSTATE is one where the aim is start-ups. `aim` is
// whom it meets.
GateFault FaultOf(const FaultStep& step, GateAim aim);

}  // namespace iff
