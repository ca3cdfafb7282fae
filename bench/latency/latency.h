// Every hop of an authenticated call on the live stack, and the whole of it, cold and warm.
#pragma once

#include "harness/run/measure.h"

namespace iff {

MeasurementSet AllMeasurements();

}  // namespace iff
