#include "scenarios/probes/neighbour.h"

#include <algorithm>
#include <cmath>

#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::steady_clock;

std::string Milliseconds(double time) { return std::to_string(std::llround(time)) + " ms"; }

}  // namespace

double CallsOfOne::SlowTenth() const {
  if (took.empty()) return 0;
  std::vector<double> sorted = took;
  const size_t place = sorted.size() * 9 / 10;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(place, sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

double CallsOfOne::Longest() const { return took.empty() ? 0 : *std::max_element(took.begin(), took.end()); }

Finding JudgeNeighbour(const CallsOfOne& before, const CallsOfOne& meanwhile, const CallsOfOne& afterwards) {
  const double most = (kTimesAlone + kStrainingAtOnce) * before.SlowTenth() + kSlack;
  const double longest = (kTimesAlone + kStrainingAtOnce) * before.Longest() + kSlackOfLongest;
  Finding finding{.expected = "nine of ten calls of a neighbour within " + Milliseconds(most) + ", and each within " +
                              Milliseconds(longest)};
  if (!before.wrong.empty()) {
    finding.could_not = "the neighbour was not served before: " + before.wrong;
    return finding;
  }
  if (before.SlowTenth() > kMostAlone) {
    finding.could_not = "the neighbour's calls took " + Milliseconds(before.SlowTenth()) + " alone";
    return finding;
  }
  finding.observed = Milliseconds(meanwhile.SlowTenth()) + " meanwhile (" + Milliseconds(meanwhile.Longest()) +
                     " the longest), " + Milliseconds(before.SlowTenth()) + " before and " +
                     Milliseconds(afterwards.SlowTenth()) + " afterwards";
  finding.met = meanwhile.wrong.empty() && afterwards.wrong.empty() && meanwhile.SlowTenth() <= most &&
                afterwards.SlowTenth() <= most && meanwhile.Longest() <= longest;
  if (!meanwhile.wrong.empty()) finding.observed += "; meanwhile one got " + meanwhile.wrong;
  if (!afterwards.wrong.empty()) finding.observed += "; afterwards one got " + afterwards.wrong;
  return finding;
}

Result<Neighbour> Neighbour::Of(Sandbox& sandbox, const std::string& with) {
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "want 'neighbour', a credential");
  Json call = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  return Neighbour(sandbox, with, std::move(call));
}

bool Neighbour::CallOnce(CallsOfOne& calls) const {
  const auto began = steady_clock::now();
  const SendOutcome sent = sandbox_.client().Send({.with = with_}, "tools/call", call_, "the neighbour's");
  calls.took.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
  if (Succeeded(sent)) return true;
  calls.wrong = StatusOf(sent);
  return false;
}

CallsOfOne Neighbour::Call(int times) const {
  CallsOfOne calls;
  for (int i = 0; i < times && CallOnce(calls); ++i) {
  }
  return calls;
}

CallsOfOne Neighbour::CallWhile(const std::function<bool()>& lasts) const {
  constexpr size_t kFewest = 3;
  constexpr size_t kMost = 24;  // or the neighbour would be a strain as well, and spend a small budget
  constexpr std::chrono::milliseconds kBetween{25};
  CallsOfOne calls;
  while ((calls.took.size() < kFewest || (calls.took.size() < kMost && lasts())) && CallOnce(calls)) {
    (void)Eventually(Deadline::In(kBetween), []() -> Result<bool> { return false; });
  }
  return calls;
}

}  // namespace iff
