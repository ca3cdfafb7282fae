// Every step word there is, one line each: including its header and naming its type is all that adding one takes here.
#pragma once

#include <variant>

#include "harness/steps/attack.h"
#include "harness/steps/call.h"
#include "harness/steps/exchange.h"
#include "harness/steps/fault.h"
#include "harness/steps/heal.h"
#include "harness/steps/list.h"
#include "harness/steps/mint.h"
#include "harness/steps/obtain.h"
#include "harness/steps/probe.h"
#include "harness/steps/read.h"
#include "harness/steps/replay.h"
#include "harness/steps/request.h"
#include "harness/steps/revoke.h"
#include "harness/steps/rotate.h"
#include "harness/steps/wait.h"

namespace iff {

// In the order of the documentation.
using Action = std::variant<ObtainStep, ExchangeStep, MintStep, CallStep, ListStep, ReadStep, RequestStep, ReplayStep,
                            AttackStep, ProbeStep, RotateStep, RevokeStep, FaultStep, HealStep, WaitStep>;

}  // namespace iff
