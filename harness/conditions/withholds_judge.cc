#include <algorithm>

#include "harness/conditions/withholds.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

// Every target answers.
std::string Withholds::WhyNot(const Surroundings&) const { return ""; }

Weighed Withholds::Judged(const Judging& in) const {
  std::vector<std::string> found;
  if (personas.empty()) {
    found = in.seen.others_seen;
  } else {
    for (const std::string& persona : personas) {
      if (std::none_of(in.seen.persona_of.begin(), in.seen.persona_of.end(),
                       [&](const auto& known) { return known.second == persona; })) {
        return {Verdict::kErrored, "the answer holds nothing of " + persona, "", persona + " is not in this sandbox"};
      }
      if (const auto seen = in.seen.seen_of.find(persona); seen != in.seen.seen_of.end()) {
        found.insert(found.end(), seen->second.begin(), seen->second.end());
      }
    }
  }
  const std::string whose = personas.empty() ? "anybody else" : WithCommas(personas);
  const std::string expected = "the answer holds nothing of " + whose;
  // Nothing was given within the patience. That it hangs is for the checks that want an answer.
  if (in.seen.timed_out && !in.seen.answer && !in.seen.target_died) {
    return {Verdict::kInapplicable, expected, "no answer",
            "nothing was given, because no answer came: " + in.seen.no_response};
  }
  if (!in.seen.answer && !in.HungUp()) return in.Silent(expected);
  Weighed weighed = Met(found.empty(), expected, found.empty() ? "nothing" : WithCommas(found));
  if (!found.empty()) {
    weighed.reason =
        (in.seen.caller.empty() ? "somebody without a name" : in.seen.caller) + " got " + WithCommas(found);
    if (!in.seen.target.empty()) weighed.reason += " from " + in.seen.target;
    if (!in.seen.shown.empty()) weighed.reason += " with what it has to refuse, " + in.seen.shown;
    weighed.tells = personas.empty() && !in.seen.target.empty();
  }
  return in.Inspected(Place::kAnswer, std::move(weighed));
}

}  // namespace iff
