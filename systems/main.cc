// The composition root.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/latency/latency.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/parse.h"
#include "harness/core/plain.h"
#include "scenarios/probes/probes.h"
#include "systems/shipped.h"

namespace {

std::atomic<bool> interrupted = false;

// The first signal ends the run in order; the second ends it at once, and the supervisor cleans up.
void OnSignal(int) {
  if (interrupted.exchange(true)) _exit(130);
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGINT, OnSignal);
  signal(SIGTERM, OnSignal);
  signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  iff::OfferShortcuts({{.names = "--vault",
                        .sets = "vault.product",
                        .one_of = {"openbao", "hashicorp"},
                        .help = "which secret store"}});
  const iff::Parsed parsed = iff::ParseCommandLine(arguments);
  if (parsed.exit_code >= 0) {
    std::fputs(iff::Plain(parsed.text, true).c_str(), parsed.exit_code == 0 ? stdout : stderr);
    return parsed.exit_code;
  }
  const iff::Places places = iff::FindPlaces();
  const iff::DriverRegistry driver_registry = iff::ShippedDrivers(places);
  const iff::ProbeSet probes = iff::AllProbes();
  const iff::MeasurementSet measurements = iff::AllMeasurements();
  const iff::Services services{.driver_registry = driver_registry,
                               .probes = probes,
                               .measurements = measurements,
                               .places = places,
                               .interrupted = interrupted};
  return iff::Dispatch(services, parsed, arguments);
}
