#include "harness/cli/kept_stages.h"

#include <gmock/gmock.h>

#include <thread>

#include "harness/core/result_matchers.h"
#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KeptStagesTest : public testing::Test {
 protected:
  KeptStagesTest() {
    for (auto* stage : {&one_, &other_}) *stage = Stage::Set(rig_.ground(), Honest(), {}).value();
  }
  RunRig rig_;
  std::unique_ptr<Stage> one_;
  std::unique_ptr<Stage> other_;
  KeptStages kept_;
};

TEST_F(KeptStagesTest, AreJoinedByNameByItsBeginningOrAsTheOnlyOne) {
  EXPECT_THAT(kept_.Join(""), FailsWith(ErrorKind::kUnavailable, HasSubstr("'iff run --keep-on-failure' keeps")));
  const auto first = kept_.Keep("isolation/matrix@jira", *one_, {"failed  reads-own"});
  {
    const auto visit = kept_.Join("").value();
    EXPECT_EQ(&visit->stage(), one_.get());
    EXPECT_THAT(visit->why(), ElementsAre("failed  reads-own"));
    EXPECT_EQ(first->joined(), 1);
  }
  EXPECT_EQ(first->joined(), 0);
  const auto second = kept_.Keep("isolation/matrix@jira", *other_);
  const auto third = kept_.Keep("shell", *other_);
  EXPECT_THAT(kept_.Names(), ElementsAre("isolation/matrix@jira", "isolation/matrix@jira#2", "shell"));
  EXPECT_EQ(&kept_.Join("isolation/matrix@jira").value()->stage(), one_.get());
  EXPECT_EQ(&kept_.Join("sh").value()->stage(), other_.get());
  EXPECT_THAT(kept_.Join(""),
              FailsWith(ErrorKind::kInvalidInput,
                        HasSubstr("which of them: isolation/matrix@jira, isolation/matrix@jira#2, shell?")));
  EXPECT_THAT(kept_.Join("shel1"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no stage is kept under 'shel1'")));
}

TEST_F(KeptStagesTest, StayUntilEverybodyHasLeft) {
  auto place = kept_.Keep("shell", *one_);
  auto visit = kept_.Join("shell").value();
  std::atomic<bool> left = false;
  std::thread owner([&] {
    place->Leave([] { return false; });
    left = true;
  });
  // Nobody joins any more, and whoever is there may stay.
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return kept_.Names().empty(); }), IsOk());
  EXPECT_FALSE(visit->over());
  EXPECT_FALSE(left);
  visit.reset();
  owner.join();
  EXPECT_TRUE(left);
}

TEST_F(KeptStagesTest, SendEverybodyAwayOnceTheyMustEnd) {
  auto place = kept_.Keep("shell", *one_);
  auto visit = kept_.Join("shell").value();
  std::thread owner([&] { place->Leave([] { return true; }); });
  EXPECT_THAT(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return visit->over(); }), IsOk());
  visit.reset();
  owner.join();
  EXPECT_THAT(kept_.Names(), IsEmpty());
}

}  // namespace
}  // namespace iff
