#include "harness/core/secret.h"

#include <gtest/gtest.h>

#include <sstream>

namespace iff {
namespace {

TEST(Secret, NeverPrintsItsValue) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "[secret]");
  EXPECT_EQ(::testing::PrintToString(Secret("hunter2")), "[secret]");
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  for (const std::string& value : {std::string("short"), std::string(100, 'x')}) {
    Secret from(value);
    Secret to(std::move(from));
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): the point
    EXPECT_EQ(to.Reveal(), value);
    Secret third("other");
    third = std::move(to);
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(third.Reveal(), value);
  }
}

TEST(Secret, CopiesWhenAsked) {
  const Secret one("value");
  Secret two;
  two = one;
  EXPECT_TRUE(two.SameAs(one));
  EXPECT_EQ(one.Reveal(), "value");
}

TEST(Secret, ComparesWholeValues) {
  const Secret secret("abc");
  EXPECT_TRUE(secret.SameAs("abc"));
  EXPECT_FALSE(secret.SameAs("ab"));
  EXPECT_FALSE(secret.SameAs("abcd"));
  EXPECT_FALSE(secret.SameAs(""));
  EXPECT_TRUE(Secret().SameAs(""));
}

TEST(Secret, IsRandomAndSafeInAUrl) {
  const Secret one = Secret::Random();
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(one.Reveal().find_first_of("+/="), std::string::npos);
  EXPECT_FALSE(one.SameAs(Secret::Random()));
}

TEST(Secret, HasAFingerprintThatTellsItFromOthers) {
  EXPECT_EQ(Secret("abc").Fingerprint(), "ba7816bf8f01");
  EXPECT_NE(Secret("abd").Fingerprint(), Secret("abc").Fingerprint());
}

}  // namespace
}  // namespace iff
