#include "mocks/ledger.h"

#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

LedgerEntry Call(const std::string& target) {
  return {.time = WallTime(std::chrono::microseconds(1'800'000'000'123'456)),
          .method = "GET",
          .target = target,
          .status = 200,
          .owner = "alice",
          .fingerprint = "0123456789ab",
          .disclosed = {"alice", "bob"}};
}

TEST(Ledger, TellsWhatCameSinceAMark) {
  Ledger ledger;
  ledger.Record(Call("/1"));
  const uint64_t mark = ledger.Mark();
  EXPECT_THAT(ledger.Since(mark), IsOkAndHolds(IsEmpty()));
  ledger.Record(Call("/2"));
  const auto entries = ledger.Since(mark);
  ASSERT_THAT(entries, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(entries->front().target, "/2");
  EXPECT_EQ(entries->front().sequence, mark);
  EXPECT_THAT(ledger.Since(0), IsOkAndHolds(SizeIs(2)));
}

TEST(Ledger, RefusesToTellWhatItHasForgotten) {
  Ledger ledger(2);
  for (const char* target : {"/1", "/2", "/3"}) ledger.Record(Call(target));
  EXPECT_THAT(ledger.Since(0), FailsWith(ErrorKind::kInvalidInput, "read the ledger from 0 on: it begins at 1"));
  EXPECT_THAT(ledger.Since(1), IsOkAndHolds(SizeIs(2)));
}

TEST(LedgerEntry, SurvivesTheJourneyAsJson) {
  Ledger ledger;
  ledger.Record(Call("/rest?a=b"));
  const LedgerEntry sent = ledger.Since(0)->front();
  const Result<LedgerEntry> came = ParseLedgerEntry(ToJson(sent));
  ASSERT_THAT(came, IsOk());
  EXPECT_EQ(ToJson(*came), ToJson(sent));
  EXPECT_EQ(came->time, sent.time);
  EXPECT_THAT(ParseLedgerEntry(Json::object()), FailsWith(ErrorKind::kInvalidInput, ::testing::HasSubstr("/sequence")));
}

}  // namespace
}  // namespace iff
