#include "harness/run/judge.h"

#include "harness/run/judging.h"

namespace iff {

Check Judge(const Expectation& expectation, const TargetTerms& terms, const Observation& seen) {
  const Judging in(terms, seen);
  Weighed weighed = std::visit([&](const auto& condition) { return condition.Judged(in); }, expectation.condition);
  Check check{.id = expectation.check,
              .level = expectation.must ? Level::kMust : Level::kShould,
              .verdict = weighed.verdict,
              .reason = std::move(weighed.reason),
              .expected = std::move(weighed.expected),
              .observed = std::move(weighed.observed),
              .clause = expectation.clause,
              .tells = weighed.tells};
  // Where the valid token is refused as well, a refusal proves nothing. A forged one that was taken is proof enough.
  const bool opened = seen.answer && seen.answer->HasResult() && !seen.answer->ToolError();
  if (check.verdict == Verdict::kInapplicable) return check;
  if (!seen.twin_refused.empty() && !(opened && check.verdict == Verdict::kFailed)) {
    check.verdict = Verdict::kErrored;
    check.reason = "proves nothing, because the valid token was refused too: " + seen.twin_refused;
    check.tells = false;
  }
  if (check.verdict == Verdict::kFailed) check.exchange = weighed.exchange > 0 ? weighed.exchange : seen.exchange;
  if (check.reason.empty() && check.verdict != Verdict::kPassed) {
    check.reason = "expected " + check.expected + ", saw " + (check.observed.empty() ? "nothing" : check.observed);
  }
  return check;
}

}  // namespace iff
