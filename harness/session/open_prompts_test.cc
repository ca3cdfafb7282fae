#include "harness/session/open_prompts.h"

#include <gmock/gmock.h>

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OpenPrompts, AreListedAsLongAsTheyAreOpenAlsoTwoOfOneName) {
  OpenPrompts prompts;
  auto first = prompts.Open("shell");
  auto second = prompts.Open("shell");
  const auto kept = prompts.Open("isolation/matrix@jira");
  EXPECT_THAT(prompts.Names(), ElementsAre("isolation/matrix@jira", "shell", "shell"));
  first.reset();
  EXPECT_THAT(prompts.Names(), ElementsAre("isolation/matrix@jira", "shell"));
  second.reset();
  EXPECT_THAT(prompts.Names(), ElementsAre("isolation/matrix@jira"));
}

TEST(OpenPrompts, AreNoneAtFirst) { EXPECT_THAT(OpenPrompts().Names(), IsEmpty()); }

}  // namespace
}  // namespace iff
