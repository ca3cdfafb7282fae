#include "mocks/allowances.h"

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

class AllowancesTest : public testing::Test {
 protected:
  Allowance Take(const Caller& caller) { return allowances_.Take(caller, usual_, clock_.Now()); }

  ManualClock clock_;
  const Person alice_ = {.account = "alice-1"};
  const Person bob_ = {.account = "bob-1"};
  const Caller one_ = {.presented = true, .fingerprint = "one", .person = &alice_};
  const Caller other_ = {.presented = true, .fingerprint = "other", .person = &alice_};
  const Caller bobs_ = {.presented = true, .fingerprint = "bobs", .person = &bob_};
  const Limit usual_ = {.requests = 5, .window = 60s, .enforced = false};
  Allowances allowances_;
};

TEST_F(AllowancesTest, RefuseWhoHasNoneLeftUntilTheWindowEnds) {
  ASSERT_THAT(allowances_.Set("", Limit{.requests = 2, .window = 10s}), IsOk());
  EXPECT_EQ(Take(one_).remaining(), 1);
  clock_.Advance(4s);
  EXPECT_EQ(Take(one_).remaining(), 0);
  const Allowance refused = Take(one_);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.used, 2) << "what was refused is not used";
  EXPECT_EQ(refused.reset, clock_.Now() + 6s);
  clock_.Advance(5s);
  EXPECT_EQ(Take(one_).status, 429);
  clock_.Advance(1s);
  const Allowance again = Take(one_);
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.remaining(), 1);
  EXPECT_EQ(again.reset, clock_.Now() + 10s);
}

TEST_F(AllowancesTest, AreEachCredentialsOwn) {
  ASSERT_THAT(allowances_.Set("", Limit{.requests = 1, .window = 10s, .status = 403}), IsOk());
  EXPECT_EQ(Take(one_).status, 0);
  EXPECT_EQ(Take(one_).status, 403);
  EXPECT_EQ(Take(other_).status, 0) << "another credential of the same person";
  EXPECT_EQ(Take(bobs_).status, 0);
  EXPECT_EQ(Take({.presented = true, .fingerprint = "wrong"}).status, 0);
  EXPECT_EQ(Take({}).status, 403) << "without a good one all are one";
}

TEST_F(AllowancesTest, AreAnAccountsOwnWhereSet) {
  ASSERT_THAT(allowances_.Set("alice-1", Limit{.requests = 1, .window = 10s}), IsOk());
  EXPECT_EQ(Take(one_).status, 0);
  EXPECT_EQ(Take(one_).status, 429);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(Take(bobs_).status, 0);
  ASSERT_THAT(allowances_.Set("alice-1", {}), IsOk());
  EXPECT_EQ(Take(one_).limit, 5);
}

TEST_F(AllowancesTest, AreToldButRefuseNobodyWhereNoneIsSet) {
  for (const int64_t left : {4, 3, 2, 1, 4, 3}) EXPECT_EQ(Take(one_).remaining(), left);
}

TEST_F(AllowancesTest, AreGivenBackWhereAnAnswerDoesNotCount) {
  ASSERT_THAT(allowances_.Set("", Limit{.requests = 2, .window = 10s}), IsOk());
  Allowance allowance = Take(one_);
  allowances_.GiveBack(one_, allowance);
  EXPECT_EQ(allowance.remaining(), 2);
  EXPECT_EQ(Take(one_).remaining(), 1);
}

TEST_F(AllowancesTest, WantALimitThatIsOne) {
  for (const Limit& wrong :
       {Limit{.requests = 0}, Limit{.requests = 1, .window = 0s}, Limit{.requests = 1, .status = 503}}) {
    EXPECT_THAT(allowances_.Set("", wrong), FailsWith(ErrorKind::kInvalidInput, HasSubstr("want one request")));
  }
}

}  // namespace
}  // namespace iff
