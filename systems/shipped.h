// What belongs to the program as it ships: where its files lie, and which components there are. The only place that
// names fixtures and mocks; a new one is a line in ShippedDrivers().
#pragma once

#include "harness/cli/dispatch.h"
#include "harness/environment/component.h"

namespace iff {

// Beside the program, or where IFF_ROOT, IFF_CACHE and the like say.
Places FindPlaces();

DriverRegistry ShippedDrivers(const Places& places);

}  // namespace iff
