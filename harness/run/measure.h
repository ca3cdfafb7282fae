// Latencies on a live sandbox: what `iff bench` measures is handed in, like probes are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/run/sandbox.h"

namespace iff {

struct Measurement {
  std::string name = {};    // "vault-login"
  std::string title = {};   // "log in at Vault with a JWT"
  std::string target = {};  // whose sandbox it is measured on
  int rounds = 200;         // unless the command line says otherwise
  // Sets up what the rounds share; answers what is timed, given the round's number.
  std::function<Result<std::function<Result<void>(int round)>>(Sandbox& sandbox)> prepare = {};
};

using MeasurementSet = std::vector<Measurement>;

}  // namespace iff
