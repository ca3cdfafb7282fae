#include "harness/discover/published_faults.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/core/result_matchers.h"
#include "harness/discover/scan_judge.h"

namespace iff {
namespace {

using testing::HasSubstr;

TEST(PublishedFaults, AreReadEachWithItsSource) {
  const Result<PublishedFaults> faults = LoadPublishedFaults(".");
  ASSERT_THAT(faults, IsOk());
  EXPECT_GE(faults->size(), 10U);
  for (const PublishedFault& fault : *faults) {
    EXPECT_TRUE(fault.source.starts_with("https://")) << fault.id;
    EXPECT_TRUE(fault.since.empty() || Older(fault.since, fault.fixed)) << fault.id;
  }
}

TEST(Older, ComparesByNumbersAndPutsReleasesToComeBeforeTheirRelease) {
  EXPECT_TRUE(Older("1.9.0", "1.10.0"));
  EXPECT_FALSE(Older("1.26", "1.26.0"));
  EXPECT_FALSE(Older("1.26.0", "1.26"));
  EXPECT_TRUE(Older("1.26.0rc1", "1.26.0"));
  EXPECT_TRUE(Older("1.26.0-beta.2", "1.26.0"));
  EXPECT_FALSE(Older("1.26.0+build7", "1.26.0"));
}

TEST(Affected, IsWhatLiesBetweenTheFirstAndTheFixedVersion) {
  const PublishedFault fault{.since = "1.10.0", .fixed = "1.26.0"};
  EXPECT_FALSE(Affected(fault, "1.9.9"));
  EXPECT_TRUE(Affected(fault, "1.10.0"));
  EXPECT_TRUE(Affected(fault, "1.25.3"));
  EXPECT_FALSE(Affected(fault, "1.26.0"));
  EXPECT_FALSE(Affected(fault, "latest"));
  EXPECT_FALSE(Affected(fault, ""));
}

TEST(VersionsIn, AreThoseOfPartsWithASlash) {
  const std::vector<ToldVersion> told = VersionsIn("Werkzeug/3.0.1 Python/3.11 plain /x y/");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].name, "Werkzeug");
  EXPECT_EQ(told[1].version, "3.11");
}

ScanLines Judged(const ToldVersion& told, const std::string& server) {
  const Result<PublishedFaults> faults = LoadPublishedFaults(".");
  return faults.ok() ? JudgeTold({told}, server, *faults, {}) : ScanLines();
}

TEST(JudgeTold, CallsAFaultOnlyWhatNamesItself) {
  const ScanLines named = Judged({.name = "fastmcp", .version = "2.12.0"}, "uvicorn");
  EXPECT_EQ(named.size(), 3U);
  for (const ScanLine& line : named) EXPECT_EQ(line.verdict, ScanVerdict::kFault) << line.seen;

  const ScanLines perhaps = Judged({.name = "notes", .version = "1.22.0"}, "uvicorn");
  ASSERT_EQ(perhaps.size(), 1U);
  EXPECT_EQ(perhaps[0].verdict, ScanVerdict::kNotTold);
  EXPECT_THAT(perhaps[0].seen, HasSubstr("CVE-2025-66416"));

  const ScanLines nothing = Judged({.name = "notes", .version = "1.22.0"}, "nginx");
  ASSERT_EQ(nothing.size(), 1U);
  EXPECT_EQ(nothing[0].verdict, ScanVerdict::kSound);
  EXPECT_EQ(Judged({.name = "fastmcp", .version = "3.2.0"}, "uvicorn")[0].verdict, ScanVerdict::kSound);
}

TEST(JudgeTold, SaysNothingWhereNothingWasTold) {
  const ScanLines lines = JudgeTold({}, "", {}, {});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].verdict, ScanVerdict::kNotTold);
}

}  // namespace
}  // namespace iff
