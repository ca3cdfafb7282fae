// What a scenario needs of whoever plays it, told by what its steps do, never by its author.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "harness/environment/component.h"
#include "harness/environment/system.h"
#include "harness/run/probe.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Those that get a gate before them.
std::vector<std::string> GatedComponents(const Scenario& scenario);
// Does a check ask for everything that arrives behind the target? Then each gets a gate.
bool LooksBehind(const Scenario& scenario);
bool CountsAnything(const Scenario& scenario);
// Does it ask again and again until something has passed or come?
bool Idles(const Scenario& scenario);

// May the same scenario about another target play at the same time, though both play alone? Not if it does something to
// a component; who counts leaves the others' people out (PrincipalPool::Others).
bool BearsItsLike(const Scenario& scenario, const ProbeSet& probes);
// The exclusive ones of `scenarios`, by index, in the groups that play together, one after the other; whoever disturbs
// a component comes last.
std::vector<std::deque<size_t>> AloneInTurn(const std::vector<Scenario>& scenarios, const ProbeSet& probes);

// Somebody waits for the first verdict: brings the `count` lightest of `queue`, indices into `scenarios`, to its front.
// The others keep their order, so that no heavy one is left to the end.
void LightestFirst(const std::vector<Scenario>& scenarios, size_t count, std::deque<size_t>& queue);

// Does it leave people as they were, so that others may get them afterwards, and may it begin with people who were on a
// sandbox before? Why everybody in `scenario` is made for it alone; "": they may be shared.
// What is not known to leave nothing behind leaves something.
std::string WhyOfItsOwn(const Scenario& scenario, const System& system, const ProbeSet& probes);

// Does it send its target requests and nothing more, so that the target may have served others before and may serve
// others afterwards? Why `scenario` gets one that is started for it alone; "": a running one will do.
std::string WhyFreshTarget(const Scenario& scenario, const System& system, const ProbeSet& probes);

}  // namespace iff
