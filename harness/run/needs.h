// What a scenario needs of whoever plays it, told by what its steps do, never by its author.
#pragma once

#include <string>
#include <vector>

#include "harness/environment/system.h"
#include "harness/run/probe.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Those that get a gate before them.
std::vector<std::string> GatedComponents(const Scenario& scenario);
bool CountsAnything(const Scenario& scenario);
// Does it ask again and again until something has passed or come?
bool Idles(const Scenario& scenario);

// Does it leave people as they were, so that others may get them afterwards, and may it begin with people who were on a
// stage before? Why everybody in `scenario` is made for it alone; "": they may be shared.
// What is not known to leave nothing behind leaves something.
std::string WhyOfItsOwn(const Scenario& scenario, const System& system, const ProbeSet& probes);

}  // namespace iff
