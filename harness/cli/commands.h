// What each subcommand does. Knows no fixture: those come in with the catalogue.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/cli/options.h"
#include "harness/cli/session.h"
#include "harness/run/measure.h"

namespace iff {

// The means of every command.
struct Workshop {
  const Catalogue& catalogue;
  const ProbeSet& probes;
  const MeasurementSet& measurements;
  Places places;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  const std::atomic<bool>& interrupted;
};

// Carries a parsed command line out; answers the exit code. `arguments` are handed over to an environment
// that is up, where there is one.
int Carry(const Workshop& workshop, const Options& options, const std::vector<std::string>& arguments);

}  // namespace iff
