// The probes scenarios may name: what data cannot say.
#pragma once

#include "harness/run/probe.h"

namespace iff {

ProbeSet AllProbes();

// Parts of the set, by topic.
void AddIsolationProbes(ProbeSet& probes);
void AddAuthorizationProbes(ProbeSet& probes);
void AddDoorProbes(ProbeSet& probes);
void AddFarSideProbes(ProbeSet& probes);
void AddTimeProbes(ProbeSet& probes);
void AddInterleavingProbes(ProbeSet& probes);
void AddCanaryProbes(ProbeSet& probes);
void AddSessionProbes(ProbeSet& probes);

}  // namespace iff
