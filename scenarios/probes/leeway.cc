#include "scenarios/probes/leeway.h"

#include <algorithm>
#include <string>

namespace iff {

Result<int64_t> MeasureLeeway(const TakesAfter& takes, int64_t most) {
  int64_t taken = -30;
  const bool fresh = TRY(takes(taken));
  if (!fresh) return Error(ErrorKind::kRefused, "not even what is valid for another 30 s is taken");
  int64_t refused = 0;
  // Most leeways are small: from nothing upwards in steps that double.
  for (bool longer = TRY(takes(refused)); longer; longer = TRY(takes(refused))) {
    if (refused >= most) return most + 1;
    taken = refused;
    refused = std::min(most, std::max<int64_t>(1, refused * 2));
  }
  while (refused - taken > 1) {
    const int64_t middle = taken + (refused - taken) / 2;
    const bool still = TRY(takes(middle));
    (still ? taken : refused) = middle;
  }
  return refused;
}

Result<bool> WithinOneSecond(const Clock& clock, const std::function<Result<bool>(int64_t now)>& ask) {
  constexpr int kTries = 60;
  for (int i = 0; i < kTries; ++i) {
    const int64_t now = clock.NowSeconds();
    const Result<bool> answer = ask(now);
    if (!answer.ok() || clock.NowSeconds() == now) return answer;
  }
  return Error(ErrorKind::kTimeout,
               "no answer came within the second it was asked in, " + std::to_string(kTries) + " times");
}

}  // namespace iff
