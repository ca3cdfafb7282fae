#include "harness/cli/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"
#include "harness/session/session.h"
#include "harness/session/session_testing.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// The suites and words that are shipped; the tests run in the root of the project.
class ExplainTest : public testing::Test {
 protected:
  ExplainTest() {
    const SessionOptions options{
        .places = {.root = "."}, .system_file = "systems/vault-demo/system.yaml", .driver_registry = DeclaredDrivers()};
    const System system = LoadSystemFor(options).value();
    suites_ = LoadAllSuites(options, system, AllProbes()).value();
    words_ = LoadExplanations(".").value();
  }
  std::vector<Suite> suites_;
  Explanations words_;
};

TEST_F(ExplainTest, HasWordsForEverythingTheScenariosUse) { EXPECT_THAT(Unexplained(words_, suites_), IsEmpty()); }

TEST_F(ExplainTest, NoticesWhatHasNoWords) {
  words_.rows.erase("B01");
  words_.findings.erase("diagonal-is-full");
  const std::vector<std::string> missing = Unexplained(words_, suites_);
  EXPECT_THAT(missing, Contains("attack alg-none (B01)"));
  EXPECT_THAT(missing, Contains("finding diagonal-is-full"));
}

TEST_F(ExplainTest, TellsOfACheckWhatItMeansTheAttackTheClauseAndTheFix) {
  const Result<std::vector<std::string>> told = Explain("alg-none-is-refused", words_, suites_);
  ASSERT_THAT(told, IsOk());
  EXPECT_THAT(*told, Contains(HasSubstr("turned away before any tool ran")));
  EXPECT_THAT(*told, Contains(StartsWith("attack   alg-none (B01)")));
  EXPECT_THAT(*told, Contains(StartsWith("clause   RFC 8725 section 3.1: ")));
  EXPECT_THAT(*told, Contains(StartsWith("fix      Accept a fixed list")));
  EXPECT_THAT(*told, Contains(HasSubstr("(scenarios/tokens/algorithms.yaml:")));
  EXPECT_THAT(*told, Contains("run      iff run tokens/algorithms"));
}

TEST_F(ExplainTest, TellsOfAClauseWhichChecksAnswerToIt) {
  EXPECT_THAT(*Explain("RFC 8725 section 3.1", words_, suites_), Contains("check    alg-none-is-refused"));
  EXPECT_THAT(*Explain("alg-none", words_, suites_), Contains("check    alg-none-gives-nothing"));
  EXPECT_THAT(*Explain("diagonal-is-full", words_, suites_), Contains(StartsWith("finding  Each person reached")));
}

TEST_F(ExplainTest, TellsOfACauseWhatShowsItAndHowToFixIt) {
  const Result<std::vector<std::string>> told = Explain("audience-not-checked", words_, suites_);
  ASSERT_THAT(told, IsOk());
  EXPECT_THAT(*told, Contains("audience-not-checked: a cause (identity)"));
  EXPECT_THAT(*told, Contains(StartsWith("means    the audience of a token is not checked")));
  EXPECT_THAT(*told, Contains(HasSubstr("JWTVerifier(audience=...)")));
  EXPECT_THAT(*told, Contains(StartsWith("clause   MCP 2026-07-28 authorization, token audience: ")));
  EXPECT_THAT(*told, Contains("shown    by mutant accepts-any-audience"));
  EXPECT_THAT(*told, Contains("check    aud-missing-is-refused"));
  EXPECT_THAT(*told, Contains("run      iff run tokens/audience"));
  EXPECT_THAT(*Explain("aud-missing-is-refused", words_, suites_), Contains(StartsWith("cause    audience")));
}

TEST_F(ExplainTest, ACauseIsCalledLikeNothingElse) {
  std::vector<Cause> causes;
  causes.swap(words_.causes);
  const std::vector<std::string> topics = Topics(words_, suites_);
  for (const Cause& cause : causes) EXPECT_THAT(topics, Not(Contains(cause.name)));
}

TEST_F(ExplainTest, AsksWhatWasProbablyMeant) {
  EXPECT_THAT(Explain("alg-nome", words_, suites_),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("(did you mean 'alg-none'?)")));
}

}  // namespace
}  // namespace iff
