// Every condition there is, one line each: including its header and naming its type is all that adding one takes here.
#pragma once

#include <variant>

#include "harness/conditions/audit.h"
#include "harness/conditions/challenge.h"
#include "harness/conditions/discloses.h"
#include "harness/conditions/grows.h"
#include "harness/conditions/header.h"
#include "harness/conditions/lists.h"
#include "harness/conditions/names.h"
#include "harness/conditions/no_secret_in.h"
#include "harness/conditions/probe.h"
#include "harness/conditions/refused.h"
#include "harness/conditions/rpc_error.h"
#include "harness/conditions/says.h"
#include "harness/conditions/status.h"
#include "harness/conditions/tally.h"
#include "harness/conditions/tool.h"
#include "harness/conditions/upstream.h"
#include "harness/conditions/withholds.h"
#include "harness/conditions/within.h"

namespace iff {

using Condition =
    std::variant<ToolSucceeds, ToolFails, HttpStatusIs, Challenges, RefusesToken, RefusesProof, RefusesRequest,
                 RpcErrorIs, Discloses, Withholds, UpstreamSaw, Audited, NoSecretIn, Within, HeaderIs, AnswerSays,
                 SilentAbout, Lists, CountGrows, ProbeFinds, Tally, NamesPeople, NamesNone>;

}  // namespace iff
