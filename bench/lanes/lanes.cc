#include "bench/lanes/lanes.h"

#include <algorithm>
#include <chrono>

#include "harness/environment/capabilities.h"
#include "harness/run/people.h"

namespace iff {
namespace {

using std::chrono::steady_clock;

// Of one deed, in the histogram only if it was done.
template <class F>
auto Timed(Histogram& into, F deed) {
  const auto began = steady_clock::now();
  auto outcome = deed();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
  if (outcome.ok()) into.Record(took.count());
  return outcome;
}

// Somebody who holds what there is to hold is made everywhere, read back, and logs in.
Result<void> Use(const Environment& lane, const System& system) {
  if (system.people.empty()) return Error(ErrorKind::kInvalidInput, "use a lane: nobody is in the system file");
  const auto person = std::max_element(system.people.begin(), system.people.end(), [](const auto& a, const auto& b) {
    return a.second.holds.size() < b.second.holds.size();
  });
  const Subject subject = MakeSubject(person->first, person->second.groups, person->second.holds);
  for (SubjectRegistry* registry : lane.All<SubjectRegistry>()) TRY(registry->Add({subject}));
  for (SubjectRegistry* registry : lane.All<SubjectRegistry>()) TRY(registry->Verify({subject}));
  for (TokenIssuer* issuer : lane.All<TokenIssuer>()) TRY(issuer->Issue({.subject = &subject}));
  return {};
}

}  // namespace

Result<LaneTimes> MeasureLanes(LanePool& lanes, const System& system, const LaneBench& bench) {
  LaneTimes times;
  const int every = std::max(1, bench.rounds / std::max(1, bench.whole_rounds));
  // The first lane of a process pays for classes and plans that later ones find there; the first round counts for
  // nothing else.
  LaneTimes unheard;
  for (int round = -1; round < bench.rounds; ++round) {
    LaneTimes& into = round < 0 ? unheard : times;
    if (round >= 0 && round % every == 0) TRY(Timed(into.whole, bench.start_another));
    for (const bool ahead : {false, true}) {
      if (ahead) lanes.Expect(1);
      lanes.Settle();
      {
        const Lane lane = TRY(Timed(ahead ? into.ready : into.made, [&] { return lanes.Take(); }));
        if (lane.was_ready() != ahead) return Error(ErrorKind::kInternal, "a lane was not made when it was to be");
        TRY(Timed(into.used, [&] { return Use(lane.environment(), system); }));
      }
      TRY(Timed(into.removed, [&]() -> Result<void> {
        lanes.Settle();
        return {};
      }));
    }
  }
  times.first = unheard.made;
  return times;
}

}  // namespace iff
