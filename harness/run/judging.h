// What a condition is judged with (harness/conditions/<word>_judge.cc): values alone, and what several of them say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/judge.h"

namespace iff {

// A condition weighed: met or not, or not to be found out.
struct Weighed {
  Verdict verdict = Verdict::kErrored;
  std::string expected = {};
  std::string observed = {};
  std::string reason = {};
  bool tells = false;
  int64_t exchange = 0;  // as Check's; 0: that of the answer
};

class Judging {
 public:
  // Both outlive it.
  Judging(const TargetTerms& target_terms, const Observation& observation) : terms(target_terms), seen(observation) {}

  const TargetTerms& terms;
  const Observation& seen;

  // Met or not by the answer. Without one: Silent.
  template <class Predicate>
  Weighed OfAnswer(const std::string& expected, Predicate met) const;
  // No answer at all. A target that died or hangs has failed; anything else is not its proven fault.
  Weighed Silent(const std::string& expected) const;
  // The connection was ended instead, where that is an answer.
  bool HungUp() const { return seen.may_hang_up && !seen.answer && !seen.timed_out && !seen.target_died; }
  // That nothing was seen proves nothing where nothing was done: met by absence, without an answer, is not green.
  Weighed Believed(Weighed weighed) const;
  // Where something cannot be inspected, that nothing was found there is not green either.
  Weighed Inspected(Place place, Weighed weighed) const;
  // Who was let in with what, and what it opened: `did` of the server, or `plainly` where nobody knows who was asked
  // what.
  void Tell(Weighed& weighed, const std::string& did, const std::string& plainly) const;
  // Says to whom the target answered what it has to refuse, where the answer is a result.
  void TellServed(Weighed& weighed) const;
  // An operation stands for the target's tool.
  std::vector<std::string> Tools(std::vector<std::string> names) const;
};

Weighed Met(bool met, std::string expected, std::string observed);
// What the target answered, in a few words.
std::string Describe(const McpAnswer& answer);

// Of numbers: exactly so many, or at least and at most.
bool InRange(int64_t value, const std::optional<int64_t>& exactly, const std::optional<int64_t>& at_least,
             const std::optional<int64_t>& at_most = {});
std::string Range(const std::optional<int64_t>& exactly, const std::optional<int64_t>& at_least,
                  const std::optional<int64_t>& at_most = {});
// Where there is no bound.
Weighed Boundless(const std::string& expected);

template <class T>
std::string JoinNumbers(const std::vector<T>& numbers) {
  std::string text;
  for (const T number : numbers) text += (text.empty() ? "" : " or ") + std::to_string(number);
  return text;
}

template <class Predicate>
Weighed Judging::OfAnswer(const std::string& expected, Predicate met) const {
  if (!seen.answer) return Silent(expected);
  return Met(met(*seen.answer), expected, Describe(*seen.answer));
}

}  // namespace iff
