#include "harness/launch/likely_cause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iff {
namespace {

using ::testing::HasSubstr;

TEST(LikelyCause, KnowsWhatLogsSayWhateverTheirCase) {
  EXPECT_THAT(LikelyCause("bind: Address already in use\n"), HasSubstr("listens on its port"));
  EXPECT_THAT(LikelyCause("java.lang.OutOfMemoryError: Java heap space"), HasSubstr("ran out of memory"));
  EXPECT_THAT(LikelyCause("was killed by the kernel: out of memory, its limit is 64 MiB"), HasSubstr("its container"));
  EXPECT_THAT(LikelyCause("initdb: error: cannot be run as root"), HasSubstr("refuses to run as root"));
  EXPECT_THAT(LikelyCause("open x: Permission denied"), HasSubstr("may not use a file"));
}

TEST(LikelyCause, PrefersAFullDiskToWhatFollowsFromIt) {
  EXPECT_THAT(LikelyCause("permission denied\nwrite: No space left on device"), HasSubstr("the disk is full"));
}

TEST(LikelyCause, SaysNothingWhenNothingIsTelling) {
  EXPECT_EQ(LikelyCause(""), "");
  EXPECT_EQ(LikelyCause("listening on 127.0.0.1"), "");
}

}  // namespace
}  // namespace iff
