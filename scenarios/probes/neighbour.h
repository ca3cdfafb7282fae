// How somebody is served while somebody else strains the server.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/run/observation.h"
#include "harness/run/sandbox.h"

namespace iff {

// Calls one after the other, each of which has to bring the caller's own.
struct CallsOfOne {
  std::vector<double> took = {};  // milliseconds
  std::string wrong = {};         // what became of the first that brought it not; "": each did

  // What nine of ten took at most, and what the longest took; 0 without any.
  double SlowTenth() const;
  double Longest() const;
};

// So many strain the server at once: in a fair queue each of them may be before the neighbour.
constexpr int kStrainingAtOnce = 8;
// Of nine calls of ten: twice what they take alone, what those before it take, and a slack of so many milliseconds for
// a machine that is busy with the strain, too.
constexpr double kTimesAlone = 2;
constexpr double kSlack = 250;
// The longest may take that much more: who waits once for a place waits for as long as it is held.
constexpr double kSlackOfLongest = 2000;
// Beyond that alone it is the machine.
constexpr double kMostAlone = 1000;

// Is the neighbour served meanwhile and afterwards as before? `could_not` where they were not served before, or a call
// took longer than `kMostAlone`.
Finding JudgeNeighbour(const CallsOfOne& before, const CallsOfOne& meanwhile, const CallsOfOne& afterwards);

// The neighbour: whoever `with` was obtained for, in calls of `read_own`. Everything outlives it.
class Neighbour {
 public:
  static Result<Neighbour> Of(Sandbox& sandbox, const std::string& with);
  CallsOfOne Call(int times) const;
  // At least three times, and on while `lasts` answers true, 24 times at most, with pauses of 25 ms.
  CallsOfOne CallWhile(const std::function<bool()>& lasts) const;

 private:
  Neighbour(Sandbox& sandbox, std::string with, Json call)
      : sandbox_(sandbox), with_(std::move(with)), call_(std::move(call)) {}
  bool CallOnce(CallsOfOne& calls) const;

  Sandbox& sandbox_;
  std::string with_;
  Json call_;
};

}  // namespace iff
