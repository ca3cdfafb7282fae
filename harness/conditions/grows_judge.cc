#include "harness/conditions/grows.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

std::string CountGrows::WhyNot(const Surroundings& around) const { return around.NoComponent(component); }

Weighed CountGrows::Judged(const Judging& in) const {
  const std::string key = component + "." + what;
  const std::string expected = key + " grows by at most " + std::to_string(at_most);
  if (const NotObservable* const why = in.seen.WhyNot(Place::kCounts, component)) {
    return {Verdict::kErrored, expected, "", "could not count: " + why->reason};
  }
  const auto growth = in.seen.growth.find(key);
  if (growth == in.seen.growth.end()) return {Verdict::kErrored, expected, "", "nothing called " + key + " is counted"};
  return Met(growth->second <= at_most, expected, std::to_string(growth->second));
}

}  // namespace iff
