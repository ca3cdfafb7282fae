#include "harness/cli/completion.h"
#include "harness/cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iff {
namespace {

const bool kOffered = (OfferShortcuts({{.names = "--vault",
                                        .sets = "vault.product",
                                        .one_of = {"openbao", "hashicorp"},
                                        .help = "which secret store"}}),
                       true);

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Names(Takes kind) {
  if (kind == Takes::kScenarios) return {"tokens", "tokens/expired", "isolation"};
  if (kind == Takes::kTargets) return {"jira", "github"};
  return {};
}

TEST(Complete, ProposesCommandsFirst) {
  EXPECT_THAT(Complete({"li"}, Names), ElementsAre("lint", "list"));
  EXPECT_THAT(Complete({""}, Names), Contains("run"));
  EXPECT_THAT(Complete({""}, Names), Not(Contains("complete")));
  EXPECT_THAT(Complete({"--v"}, Names), ElementsAre("--version"));
}

TEST(Complete, ProposesOptionsAfterADash) {
  EXPECT_THAT(Complete({"run", "--j"}, Names), ElementsAre("--jobs", "--json", "--junit"));
  EXPECT_THAT(Complete({"run", "--f"}, Names),
              ElementsAre("--form", "--fresh", "--fresh-targets"));  // not what the halves tell each other
}

TEST(Complete, ProposesValuesByWhatAnOptionTakes) {
  EXPECT_THAT(Complete({"run", "--target", ""}, Names), ElementsAre("github", "jira"));
  EXPECT_THAT(Complete({"run", "--vault", "h"}, Names), ElementsAre("hashicorp"));
  EXPECT_THAT(Complete({"run", "tokens", "--fresh", "i"}, Names), ElementsAre("isolation"));
  EXPECT_THAT(Complete({"run", "--output", ""}, Names), IsEmpty());  // the shell knows files
}

TEST(Complete, ProposesNothingForACommandThereIsNot) { EXPECT_THAT(Complete({"fly", ""}, Names), IsEmpty()); }

TEST(CompletionScript, IsThereForEachShellAndAsksTheProgram) {
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_THAT(CompletionScript(shell), HasSubstr("complete -- "));
  EXPECT_EQ(CompletionScript("tcsh"), "");
}

}  // namespace
}  // namespace iff
