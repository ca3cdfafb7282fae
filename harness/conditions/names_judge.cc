#include <algorithm>

#include "harness/conditions/names.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

namespace {

// Those of `personas` whom the answer names.
std::vector<std::string> NamedOf(const std::vector<std::string>& personas, const Observation& seen) {
  std::vector<std::string> named;
  for (const std::string& persona : personas) {
    const bool there = std::any_of(seen.persona_of.begin(), seen.persona_of.end(), [&](const auto& known) {
      return known.second == persona && (seen.answer->body.find(known.first) != std::string::npos ||
                                         seen.answer->Text().find(known.first) != std::string::npos);
    });
    if (there) named.push_back(persona);
  }
  return named;
}

// `number` of those asked about are to be named.
Weighed WeighNames(const std::vector<std::string>& personas, size_t number, const std::string& expected,
                   const Judging& in) {
  if (!in.seen.answer) return in.Silent(expected);
  if (personas.empty()) return {Verdict::kErrored, expected, "", "nobody is asked about"};
  const std::vector<std::string> named = NamedOf(personas, in.seen);
  return Met(named.size() == number, expected,
             (named.empty() ? "nobody" : WithCommas(named)) + " (" + Describe(*in.seen.answer) + ")");
}

}  // namespace

// Every target answers.
std::string NamesPeople::WhyNot(const Surroundings&) const { return ""; }

Weighed NamesPeople::Judged(const Judging& in) const {
  return WeighNames(personas, personas.size(), "the answer names " + WithCommas(personas), in);
}

std::string NamesNone::WhyNot(const Surroundings&) const { return ""; }

Weighed NamesNone::Judged(const Judging& in) const {
  return WeighNames(personas, 0, "the answer names not " + WithCommas(personas), in);
}

}  // namespace iff
