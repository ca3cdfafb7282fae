#include "harness/conditions/audit.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(Audited, CountsTheEntriesThatMatchInEveryWay) {
  Observation seen = Saw(Success());
  const auto audited = [&](const char* persona, const char* operation, const char* path, bool allowed) {
    seen.downstream.events.push_back({.act = {.source = {Place::kAuditLog, "vault"},
                                              .persona = persona,
                                              .action = operation,
                                              .object = path,
                                              .allowed = allowed}});
  };
  seen.downstream.observed = {{Place::kAuditLog, "vault"}};
  audited("bob", "read", "secret/data/bob", true);
  audited("bob", "read", "secret/data/alice", false);
  audited("alice", "login", "auth", true);
  seen.downstream.events.push_back(AskedJiraAs("bob"));
  EXPECT_EQ(VerdictOf(Audited{.component = "vault",
                              .owner = "bob",
                              .operation = "read",
                              .path = "data/bob",
                              .allowed = true,
                              .times = 1},
                      seen),
            Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .times = 3}, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .owner = "bob", .times = 1}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .operation = "login", .times = 2}, seen), Verdict::kFailed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault", .path = "data", .at_least = 3}, seen), Verdict::kFailed);
  EXPECT_EQ(ReasonOf(Audited{.component = "vault",
                             .owner = "bob",
                             .operation = "read",
                             .path = "data/alice",
                             .allowed = false,
                             .times = 0},
                     seen),
            "expected vault audited 0 read entries of data/alice as bob denied, "
            "saw 1 read entries of data/alice as bob denied");
}

TEST(Audited, CannotTellWithoutALogOrANumber) {
  const Audited none{.component = "vault", .times = 0};
  EXPECT_EQ(ReasonOf(none, Saw(Success())), "vault keeps no audit log");
  Observation seen = Saw(Success());
  seen.downstream.observed = {{Place::kAuditLog, "vault"}};
  EXPECT_EQ(VerdictOf(none, seen), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(Audited{.component = "vault"}, seen), Verdict::kErrored);
  Note(seen.downstream.not_observable, {Place::kAuditLog, "vault", "no mark was set"});
  EXPECT_EQ(ReasonOf(none, seen), "the audit log could not be read: no mark was set");
  EXPECT_EQ(VerdictOf(none, seen), Verdict::kErrored);
}

}  // namespace
}  // namespace iff
