#include "harness/conditions/within.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

// Every target answers.
std::string Within::WhyNot(const Surroundings&) const { return ""; }

Weighed Within::Judged(const Judging& in) const {
  const std::string expected = "an answer within " + std::to_string(span.count()) + " ms";
  if (!in.seen.answer && !in.seen.timed_out) return in.Silent(expected);
  return Met(in.seen.answer && in.seen.took <= span, expected,
             std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(in.seen.took).count()) + " ms");
}

}  // namespace iff
