#include "harness/causes/kills.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class KillsTest : public testing::Test {
 protected:
  ~KillsTest() override { fs::remove(path_); }

  Result<Kills> Read(const std::string& text) {
    std::ofstream(path_) << text;
    return ReadKills(path_);
  }

  const std::string path_ = testing::TempDir() + "kills-" + std::to_string(getpid()) + "-" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
};

TEST_F(KillsTest, ReadsBackWhatItWrites) {
  const Kills kills = {{"forgetful", {{"jira", {"owner-is-asked"}}, {"github", {"b", "a"}}}},
                       {"null", {{"jira", {"true", "it's \"odd\": yes", "12"}}}}};
  ASSERT_THAT(WriteKills(path_, kills), IsOk());
  EXPECT_THAT(ReadKills(path_), IsOkAndHolds(kills));
  EXPECT_FALSE(fs::exists(path_ + ".new"));
  EXPECT_THAT(KillsText(kills), HasSubstr("forgetful:\n  github:\n    - a\n    - b\n  jira:\n    - owner-is-asked\n"));
}

TEST_F(KillsTest, PointsAtWhatIsNoKill) {
  EXPECT_THAT(Read("forgetful:\n  jira: []\n"), FailsWith(ErrorKind::kInvalidInput, HasSubstr(":2:")));
  EXPECT_THAT(Read("forgetful: [jira]\n"), FailsWith(ErrorKind::kInvalidInput, HasSubstr(":1:")));
  EXPECT_THAT(Read("forgetful:\n  jira: {a: b}\n"), FailsWith(ErrorKind::kInvalidInput, HasSubstr(":2:")));
  EXPECT_THAT(ReadKills(path_ + ".none"), FailsWith(ErrorKind::kSystem, HasSubstr(".none")));
  EXPECT_THAT(WriteKills(path_ + "/none/kills.yaml", {}), FailsWith(ErrorKind::kSystem, HasSubstr("kills.yaml")));
}

TEST(Without, TakesAwayOfTheSameTargetOnly) {
  const ChecksByTarget all = {{"jira", {"a", "b"}}, {"github", {"a"}}};
  EXPECT_EQ(Without(all, {{"jira", {"a"}}}), (ChecksByTarget{{"jira", {"b"}}, {"github", {"a"}}}));
  EXPECT_EQ(Without(all, {{"github", {"a", "c"}}}), (ChecksByTarget{{"jira", {"a", "b"}}}));
  EXPECT_EQ(OfAllTargets(all), (std::set<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace iff
