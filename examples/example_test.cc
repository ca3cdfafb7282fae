// Each example, judged by the real program: exactly what its expected.yaml says is found, and nothing is left unjudged.
#include "examples/example_testing.h"
#include "harness/causes/kills.h"
#include "harness/run/claims.h"

namespace iff {
namespace {

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, IsFoundToBeWhatItIs) {
  const fs::path folder = fs::absolute("examples") / GetParam();
  const Played plays = ByNight() ? Played::kAll : Played::kByDay;
  const Expected expected = ReadExpected(folder / "expected.yaml", plays);
  const std::string out = Programs() + "/../example-results/" + GetParam();
  // Where every suite is played, some play alone: nobody else is to wait for them.
  const bool every_suite = std::ranges::find(expected.selection, "@clean") != expected.selection.end();
  const std::string fresh = every_suite ? "--fresh " : FreshOption(folder / "iff.yaml", "examples/fastmcp/iff.yaml");
  std::string command =
      Programs() + "/iff run " + fresh + "--quiet --system " + (folder / "iff.yaml").string() + " --output " + out;
  for (const std::string& what : expected.selection) command += " " + what;
  std::error_code unknown;
  fs::remove_all(out, unknown);
  const int status = std::system(command.c_str());
  const Result<RunResult> run = ReadRun(out);
  ASSERT_TRUE(run.ok()) << run.error() << "\n" << command;

  std::map<std::string, int> passed;
  const Findings found = FailedIn(*run, passed);
  EXPECT_EQ(Without(found, expected.findings), Findings()) << "found and not expected";
  EXPECT_EQ(Without(expected.findings, found), Findings()) << "expected and not found";
  for (const auto& [target, checks] : expected.findings) {
    EXPECT_GT(passed[target], 3) << target << ": a server of which little works proves nothing";
  }
  bool any = false;
  for (const auto& [target, checks] : expected.findings) any = any || !checks.empty();
  EXPECT_EQ(WEXITSTATUS(status), any ? 1 : 0);
  ExpectJudgedAlike((folder / "iff.yaml").string(), out);
}

INSTANTIATE_TEST_SUITE_P(Examples, Example,
                         // The longest first, which ctest cannot know in a new folder.
                         testing::Values("stdio", "fastmcp", "python-sdk", "typescript-sdk", "api-key", "sse",
                                         "plain-post", "go-sdk", "journal"),
                         [](const auto& given) {
                           std::string name = given.param;
                           std::erase(name, '-');
                           return name;
                         });

// A search for what nobody wrote finds nothing, whatever is searched: that is said, and is no green.
TEST(Journal, IsNotJudgedByAnOperationThatShowsNothing) {
  const std::string out = Programs() + "/../example-results/journal-mute";
  std::error_code unknown;
  fs::remove_all(out, unknown);
  EXPECT_EQ(Command(".", "run --fresh --quiet --system examples/journal/iff.yaml --output " + out +
                             " authorization@mute offers@mute isolation/own-things@mute"),
            2);
  const Result<RunResult> run = ReadRun(out);
  ASSERT_TRUE(run.ok()) << run.error();
  std::string said;
  for (const ScenarioResult& scenario : run->scenarios) {
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        EXPECT_NE(check.verdict, Verdict::kFailed) << check.id << ": " << check.reason;
        if (check.verdict == Verdict::kErrored) said += check.id + ": " + check.reason;
      }
    }
  }
  EXPECT_NE(said.find("file-covers-the-server: no answer of find_entries showed anybody anything of theirs"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("under targets, mute, operations, change search (line "), std::string::npos) << said;
  for (const ClaimStanding& standing : ClaimsOf(*run)) {
    if (run->claims[standing.claim].claim.name != "coverage") continue;
    EXPECT_EQ(standing.kind, ClaimStanding::Kind::kNotTried);
  }
}

struct Worthless {
  const char* way;
  const char* called;  // in the sentence that names it
  int code;
};
void PrintTo(const Worthless& server, std::ostream* out) { *out << server.way; }

// None is ever called safe, and each is called what it is.
class WorthlessServer : public testing::TestWithParam<Worthless> {};

TEST_P(WorthlessServer, IsNotSafeAndIsCalledWhatItIs) {
  const auto& [way, called, code] = GetParam();
  const std::string out = Programs() + "/../example-results/worthless-" + way;
  std::error_code unknown;
  fs::remove_all(out, unknown);
  const std::string command =
      Programs() + "/iff run --fresh --quiet --system examples/worthless/iff.yaml --output " + out;
  std::string selection;
  for (const char* what : {"isolation/own-things", "authorization/matrix", "cross_subject/others-things"}) {
    selection += std::string(" ") + what + "@" + way;
  }
  const int status = std::system((command + selection).c_str());
  EXPECT_EQ(WEXITSTATUS(status), code);
  const Result<RunResult> run = ReadRun(out);
  ASSERT_TRUE(run.ok()) << run.error();
  ASSERT_EQ(run->scenarios.size(), 3U);
  EXPECT_EQ(run->totals().passed, 0) << "nothing here proves anything";
  for (const ScenarioResult& scenario : run->scenarios) {
    EXPECT_NE(scenario.verdict(), Verdict::kPassed) << scenario.id;
    EXPECT_NE(scenario.error.find(called), std::string::npos) << scenario.id << ": " << scenario.error;
  }
  ExpectJudgedAlike("examples/worthless/iff.yaml", out);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, WorthlessServer,
    testing::Values(Worthless{"refuses", "the server answers 401 to everybody", 2},
                    Worthless{"error-text", "the server does not speak MCP: it answers the one request with text/plain",
                              2},
                    Worthless{"tool-errors", "the server answers every request with an error", 2},
                    Worthless{"dies-at-start", "cannot read the configuration: no such file", 2},
                    Worthless{"dies", "the server is gone", 2},
                    Worthless{"slow", "the server does not answer in time", 2},
                    Worthless{"not-http", "the server does not speak HTTP", 2},
                    Worthless{"not-json", "with application/json that is no JSON", 2},
                    Worthless{"wrong-type", "with text/html, although it is JSON", 2}),
    [](const auto& given) {
      std::string name = given.param.way;
      std::erase(name, '-');
      return name;
    });

// Requests that are bent find what a server gives to whoever knows its name; its clean twin gives nothing.
TEST(Fuzz, FindsInAnExampleWhatIsWrongWithIt) {
  const std::string out = Programs() + "/../example-results/fuzz";
  std::error_code unknown;
  fs::remove_all(out, unknown);
  const std::string fuzz = "fuzz --fresh --system examples/stdio/iff.yaml --seed 7 --count 40 --output " + out;
  EXPECT_EQ(Command(".", fuzz + " --target clean"), 0);
  EXPECT_FALSE(fs::exists(out + "/fuzz", unknown));
  EXPECT_EQ(Command(".", fuzz + " --target trusts-ids"), 1);
  EXPECT_TRUE(fs::exists(out + "/fuzz", unknown));
}

}  // namespace
}  // namespace iff
