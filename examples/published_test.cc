// Released packages with a published fault, and the releases that mend it, behind one server: the fault is found where
// it is and called what it is, and where it was mended the same checks pass.
#include <algorithm>

#include "examples/example_testing.h"

namespace iff {
namespace {

struct Published {
  const char* affected;  // targets of examples/published/iff.yaml
  const char* mended;
  const char* cause;  // of scenarios/causes.yaml
};
void PrintTo(const Published& pair, std::ostream* out) { *out << pair.affected; }

// "suite/scenario check" of all that passed at the target.
std::set<std::string> PassedAt(const std::string& target, const RunResult& run) {
  std::set<std::string> passed;
  for (const ScenarioResult& scenario : run.scenarios) {
    if (scenario.target != target) continue;
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed)
          passed.insert(scenario.id.substr(0, scenario.id.find('@')) + " " + check.id);
      }
    }
  }
  return passed;
}

bool IsNamed(const std::string& cause, const std::string& target, const RunResult& run) {
  return std::any_of(run.causes.begin(), run.causes.end(),
                     [&](const NamedCause& one) { return one.name == cause && one.target == target; });
}

class PublishedFault : public testing::TestWithParam<Published> {};

TEST_P(PublishedFault, IsFoundWhereItIsAndNotWhereItWasMended) {
  const Published& pair = GetParam();
  Expected expected = ReadExpected("examples/published/expected.yaml");
  const std::string out = Programs() + "/../example-results/published/" + pair.affected;
  std::string arguments = "run --fresh --quiet --system examples/published/iff.yaml --output " + out;
  for (const std::string& what : expected.selection) {
    if (what.ends_with(std::string("@") + pair.affected) || what.ends_with(std::string("@") + pair.mended))
      arguments += " " + what;
  }
  std::error_code unknown;
  fs::remove_all(out, unknown);
  EXPECT_EQ(Command(".", arguments), 1);
  const Result<RunResult> run = ReadRun(out);
  ASSERT_TRUE(run.ok()) << run.error();

  std::map<std::string, int> passed;
  const Findings found = FailedIn(*run, passed);
  for (const char* target : {pair.affected, pair.mended}) {
    const auto here = found.find(target);
    EXPECT_EQ(here == found.end() ? std::set<std::string>() : here->second, expected.findings[target]) << target;
  }
  std::set<std::string> of_the_fault;
  const std::set<std::string>& left = expected.findings[pair.mended];
  for (const std::string& check : expected.findings[pair.affected]) {
    if (!left.contains(check)) of_the_fault.insert(check);
  }
  EXPECT_FALSE(of_the_fault.empty());
  const std::set<std::string> mended = PassedAt(pair.mended, *run);
  for (const std::string& check : of_the_fault) {
    EXPECT_TRUE(mended.contains(check)) << check << " is not judged at " << pair.mended;
  }
  EXPECT_TRUE(IsNamed(pair.cause, pair.affected, *run)) << pair.cause << " is not what it is called";
  EXPECT_FALSE(IsNamed(pair.cause, pair.mended, *run)) << pair.cause;
  ExpectJudgedAlike("examples/published/iff.yaml", out);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, PublishedFault,
    testing::Values(Published{"typescript-sdk-1.25.3", "typescript-sdk-1.26.0", "answers-paired-by-request-id"},
                    Published{"python-sdk-1.26.0", "python-sdk-1.27.2", "sessions-open-to-anybody"},
                    Published{"fastmcp-3.2.4", "fastmcp-3.3.0", "answers-kept-for-anybody"},
                    Published{"fastmcp-3.4.2", "fastmcp-3.4.3", "replays-to-anybody"},
                    Published{"fastmcp-js-3.26.8", "fastmcp-js-3.30.0", "sessions-open-to-anybody"},
                    Published{"mastra-1.9.1", "mastra-1.10.0", "resource-lists-of-everybody"}),
    [](const auto& given) {
      std::string name = given.param.affected;
      std::erase_if(name, [](char letter) { return letter == '-' || letter == '.'; });
      return name;
    });

}  // namespace
}  // namespace iff
