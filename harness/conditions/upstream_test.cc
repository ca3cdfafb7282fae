#include "harness/conditions/upstream.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(UpstreamSaw, CountsCalls) {
  const Observation two = WithLedger({"bob", "bob"});
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .calls = 2}, two), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 1, .owner = "bob"}, two), Verdict::kPassed);
  EXPECT_EQ(ReasonOf(UpstreamSaw{.component = "jira", .calls = 0}, two), "expected jira saw 0 calls, saw 2 calls");
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 3}, two), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .calls = 0}, WithLedger({})), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .at_least = 1}, WithLedger({})), Verdict::kFailed);
}

TEST(UpstreamSaw, FailsForOneCallWithACredentialOfSomebodyElse) {
  const UpstreamSaw as_bob{.component = "jira", .at_least = 1, .owner = "bob"};
  EXPECT_EQ(ReasonOf(as_bob, WithLedger({"bob", "alice"})), "jira was asked with a credential of alice for bob");
  EXPECT_EQ(ReasonOf(as_bob, WithLedger({""})), "jira was asked with a credential of somebody unknown for bob");
  EXPECT_EQ(VerdictOf(as_bob, WithLedger({"service"})), Verdict::kFailed);
}

TEST(UpstreamSaw, CannotTellWithoutALedgerOrANumber) {
  const UpstreamSaw none{.component = "jira", .calls = 0};
  EXPECT_EQ(ReasonOf(none, Saw(Success())), "jira keeps no ledger");
  EXPECT_EQ(VerdictOf(none, Saw(Success())), Verdict::kErrored);
  Observation seen = WithLedger({});
  Note(seen.downstream.not_observable, {Place::kLedger, "jira", "connection refused"});
  EXPECT_EQ(ReasonOf(none, seen), "the ledger could not be read: connection refused");
  EXPECT_EQ(VerdictOf(none, seen), Verdict::kErrored);
  EXPECT_EQ(VerdictOf(UpstreamSaw{.component = "jira", .owner = "bob"}, WithLedger({})), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
