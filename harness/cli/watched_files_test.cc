#include "harness/cli/watched_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// With and without inotify: both tell the same. A file's length always changes with it, so that nothing hangs on how
// fine the clock of the file system is.
class WatchedFilesTest : public testing::TestWithParam<bool> {
 protected:
  WatchedFilesTest() {
    std::string made = (fs::temp_directory_path() / "iff-watched-XXXXXX").string();
    folder_ = mkdtemp(made.data());
    Write("a.yaml", "one");
  }
  ~WatchedFilesTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  WatchedFilesOptions Options() const { return {.notified = GetParam()}; }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  fs::path folder_;
  const std::atomic<bool> never_ = false;
};

TEST_P(WatchedFilesTest, TellsWhatWasWrittenWhatCameAndWhatWent) {
  WatchedFiles files({folder_.string()}, Options());
  Write("a.yaml", "one and two");
  EXPECT_THAT(files.Next(never_), ElementsAre(Path("a.yaml")));
  Write("b.yaml", "new");
  EXPECT_THAT(files.Next(never_), ElementsAre(Path("b.yaml")));
  fs::remove(folder_ / "a.yaml");
  EXPECT_THAT(files.Next(never_), ElementsAre(Path("a.yaml")));
}

// Most editors write another file and give it the name.
TEST_P(WatchedFilesTest, TellsAFileThatWasReplaced) {
  Write("elsewhere", "two, longer");
  const fs::path watched = folder_ / "watched";
  fs::create_directory(watched);
  std::ofstream(watched / "c.yaml") << "one";
  WatchedFiles files({watched.string()}, Options());
  fs::rename(folder_ / "elsewhere", watched / "c.yaml");
  EXPECT_THAT(files.Next(never_), ElementsAre((watched / "c.yaml").string()));
}

TEST_P(WatchedFilesTest, LooksIntoFoldersThatComeLater) {
  WatchedFiles files({folder_.string()}, Options());
  fs::create_directory(folder_ / "later");
  Write("later/x.yaml", "x");
  EXPECT_THAT(files.Next(never_), ElementsAre(Path("later/x.yaml")));
  Write("later/x.yaml", "x and more");
  EXPECT_THAT(files.Next(never_), ElementsAre(Path("later/x.yaml")));
}

TEST_P(WatchedFilesTest, LeavesHiddenOnesAlone) {
  fs::create_directory(folder_ / ".git");
  WatchedFiles files({folder_.string()}, Options());
  Write(".git/index", "x");
  Write(".a.yaml.swp", "x");
  Write("z.yaml", "x");
  EXPECT_THAT(files.Next(never_), ElementsAre(Path("z.yaml")));
}

TEST_P(WatchedFilesTest, EndsWhenCancelled) {
  WatchedFiles files({folder_.string()}, Options());
  std::atomic<bool> cancelled = false;
  std::thread canceller([&] { cancelled = true; });
  EXPECT_THAT(files.Next(cancelled), IsEmpty());
  canceller.join();
}

INSTANTIATE_TEST_SUITE_P(Both, WatchedFilesTest, testing::Values(true, false),
                         [](const auto& with) { return with.param ? "Notified" : "Looking"; });

}  // namespace
}  // namespace iff
