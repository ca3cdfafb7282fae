#include "harness/scenario/claims.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<std::vector<RunClaim>> Read(const std::string& text) {
  const std::string file = testing::TempDir() + "claims-" + std::to_string(getpid()) + ".yaml";
  std::ofstream(file) << text;
  Result<std::vector<RunClaim>> claims = LoadClaims(file);
  std::filesystem::remove(file);
  return claims;
}

TEST(LoadClaims, ReadsWhatIsClaimedAndWhatShowsIt) {
  const Result<std::vector<RunClaim>> claims = Read(
      "- {claim: audience, asks: whether, refuted: takes all, served: true, of: tokens, shown_by: [[a/b:c, a/d]], but: "
      "[a/d:x], "
      "needs: [e/f], also: [g]}\n");
  ASSERT_THAT(claims, IsOk());
  EXPECT_THAT(*claims, ElementsAre(RunClaim{.name = "audience",
                                            .asks = "whether",
                                            .refuted = "takes all",
                                            .served = true,
                                            .of_tokens = true,
                                            .shown_by = {{"a/b:c", "a/d"}},
                                            .but = {"a/d:x"},
                                            .needs = {"e/f"},
                                            .also = {"g"}}));
}

TEST(LoadClaims, RefusesAClaimThatNothingShowsOneMadeTwiceAndWordsItDoesNotKnow) {
  EXPECT_THAT(Read("- {claim: a, asks: b, refuted: c}\n"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("shown_by")));
  EXPECT_THAT(Read("- {claim: a, asks: b, refuted: c, shown_by: [[]]}\n"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("no check is named")));
  const std::string good = "- {claim: a, asks: b, refuted: c, shown_by: [[d]]}\n";
  EXPECT_THAT(Read(good + good), FailsWith(ErrorKind::kInvalidInput, HasSubstr("made twice: a")));
  EXPECT_THAT(Read("- {claim: a, ask: b, refuted: c, shown_by: [[d]]}\n"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("ask")));
}

TEST(IdlePatterns, NamesWhatNoCheckFits) {
  Suite suite{.name = "tokens"};
  suite.scenarios = {{.id = "tokens/audience@jira"}};
  suite.scenarios[0].steps = {{}};
  suite.scenarios[0].steps[0].expect = {{.check = "aud-other-is-refused"}};
  const RunClaim claim{.name = "audience",
                       .shown_by = {{"tokens/audience:*-is-refused", "tokens/audience:no"}},
                       .but = {"tokens/audience:gone"},
                       .needs = {"tokens/audience"},
                       .also = {"token"}};
  EXPECT_THAT(IdlePatterns({claim}, {suite}),
              ElementsAre("audience: token", "audience: tokens/audience:gone", "audience: tokens/audience:no"));
}

}  // namespace
}  // namespace iff
