#include "harness/conditions/tally.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

// Every target can be asked several times.
std::string Tally::WhyNot(const Surroundings&) const { return ""; }

Weighed Tally::Judged(const Judging& in) const {
  const auto found = in.seen.tally.find(what);
  const int64_t count = found == in.seen.tally.end() ? 0 : found->second;
  const std::string expected = Range(exactly, at_least, at_most) + " answers: " + what;
  if (in.seen.tally.empty()) return {Verdict::kErrored, expected, "", "nothing was sent"};
  if (!exactly && !at_least && !at_most) return Boundless(expected);
  std::string observed;
  for (const auto& [kind, times] : in.seen.tally) {
    observed += (observed.empty() ? "" : ", ") + std::to_string(times) + " " + kind;
  }
  const bool met = InRange(count, exactly, at_least, at_most);
  // What was never answered might have been one more of them.
  const auto silent = in.seen.tally.find("silent");
  if (met && what != "silent" && silent != in.seen.tally.end() &&
      !InRange(count + silent->second, exactly, at_least, at_most)) {
    return {Verdict::kErrored, expected, observed, std::to_string(silent->second) + " were not answered at all"};
  }
  return Met(met, expected, observed);
}

}  // namespace iff
