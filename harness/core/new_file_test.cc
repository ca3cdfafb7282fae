#include "harness/core/new_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class NewFileTest : public testing::Test {
 protected:
  NewFileTest() { fs::create_directories(folder_); }
  ~NewFileTest() override { fs::remove_all(folder_); }
  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  const std::string folder_ = testing::TempDir() + "new_file_test-" + std::to_string(getpid());
};

TEST_F(NewFileTest, ReplacesAFileAndLeavesNothingBesideIt) {
  const std::string path = folder_ + "/a";
  ASSERT_THAT(ReplaceFile(path, "one"), IsOk());
  ASSERT_THAT(ReplaceFile(path, std::string(300'000, 'x'), 0600), IsOk());
  EXPECT_EQ(fs::file_size(path), 300'000U);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

// What somebody else laid in its place is not written through.
TEST_F(NewFileTest, FollowsNoLink) {
  const std::string victim = folder_ + "/victim";
  std::ofstream(victim) << "mine";
  fs::create_symlink(victim, folder_ + "/a");
  ASSERT_THAT(ReplaceFile(folder_ + "/a", "theirs"), IsOk());
  EXPECT_EQ(Read(victim), "mine");
  EXPECT_EQ(Read(folder_ + "/a"), "theirs");
  EXPECT_FALSE(fs::is_symlink(folder_ + "/a"));
}

TEST_F(NewFileTest, SaysWhatWentWrongAndLeavesWhatWasThere) {
  EXPECT_THAT(ReplaceFile(folder_ + "/none/a", "x"), FailsWith(ErrorKind::kSystem, HasSubstr("write " + folder_)));
  fs::create_directories(folder_ + "/b");
  EXPECT_THAT(ReplaceFile(folder_ + "/b", "x"), FailsWith(ErrorKind::kSystem, HasSubstr("write " + folder_ + "/b")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(NewFileTest, NamesAFolderAsNobodyCanKnowBeforehand) {
  const std::string one = NewFolderBeside(folder_ + "/x/run").value();
  const std::string other = NewFolderBeside(folder_ + "/x/run").value();
  EXPECT_NE(one, other);
  EXPECT_THAT(one, testing::MatchesRegex(".*/x/run.unfinished-[0-9a-f]{16}"));
  EXPECT_TRUE(fs::is_empty(one));
}

}  // namespace
}  // namespace iff
