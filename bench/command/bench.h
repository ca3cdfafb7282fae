// What the authentication costs on the live stack: each hop alone, the whole chain cold and warm, and the
// target under load.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/console.h"
#include "harness/cli/options.h"
#include "harness/run/measure.h"
#include "harness/session/session.h"

namespace iff {

struct BenchOptions {
  std::string operation = "read_own";
  std::string callers = "1,8,64,256";  // of the closed model, a row each
  std::string rates = {};              // of the open model; "": shares of what the closed one reached
  std::string identities = "10";       // how many people call; of load, a row each
  int seconds = 2;                     // each row of load
  int rounds = 0;                      // of a hop; 0: as many as suit it
  bool unpinned = false;               // leave target and driver on whatever core they get
  bool awake = false;                  // idle spinners
  std::string compare = {};            // a stored result
};

// "1,8,64". kInvalidInput: no numbers, or one that is not between least and most.
Result<std::vector<double>> NumbersIn(const std::string& list, double least, double most);

struct BenchNumbers {
  std::vector<double> callers = {};
  std::vector<double> rates = {};
  std::vector<double> identities = {};
};
// What the options' lists say; kInvalidInput names the option that is wrong. Needs nothing to be up.
Result<BenchNumbers> NumbersOf(const BenchOptions& bench);

// Prints a table and answers the exit code; writes whole histograms as JSON and a page to options.output.
int Bench(Session& session, const MeasurementSet& measurements, const Options& options, const BenchOptions& bench,
          const Messages& say);

}  // namespace iff
