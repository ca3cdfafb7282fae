// GoogleMock matchers for Result. There is no "is not ok" on purpose: say which error.
//
//   EXPECT_THAT(LoadRealm(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("line 3")));
//   EXPECT_THAT(ParsePort("80"), IsOkAndHolds(80));
#pragma once

#include <gmock/gmock.h>

#include "harness/core/result.h"

namespace iff {

MATCHER(IsOk, "is ok") {
  if (arg.ok()) return true;
  *result_listener << "failed: " << ::testing::PrintToString(arg.error());
  return false;
}

MATCHER_P(IsOkAndHolds, matcher, "is ok and holds a value that matches") {
  if (!arg.ok()) {
    *result_listener << "failed: " << ::testing::PrintToString(arg.error());
    return false;
  }
  return ::testing::ExplainMatchResult(matcher, arg.value(), result_listener);
}

MATCHER_P2(FailsWith, kind, message, "fails with that kind and message") {
  if (arg.ok()) {
    *result_listener << "is ok";
    return false;
  }
  *result_listener << "failed: " << ::testing::PrintToString(arg.error());
  return arg.error().kind() == kind && ::testing::ExplainMatchResult(message, arg.error().message(), result_listener);
}

}  // namespace iff
