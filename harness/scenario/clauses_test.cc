#include "harness/scenario/clauses.h"
#include "harness/run/attacks.h"
#include "harness/run/wrong_certificates.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/environment/system.h"
#include "harness/jose/prover.h"
#include "harness/scenario/load.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Fits, TakesAStarForAnyLetters) {
  EXPECT_TRUE(Fits("tokens/*", "tokens/times"));
  EXPECT_TRUE(Fits("*-is-refused", "expired-is-refused"));
  EXPECT_TRUE(Fits("*a*b*", "xxaxxbxx"));
  EXPECT_TRUE(Fits("", ""));
  EXPECT_TRUE(Fits("*", ""));
  EXPECT_FALSE(Fits("tokens/*", "token/times"));
  EXPECT_FALSE(Fits("*-is-refused", "expired-is-refused-too"));
  EXPECT_FALSE(Fits("a", "ab"));
}

Suite SuiteWith(const std::string& scenario, const std::vector<Step>& steps) {
  Suite suite{.name = scenario.substr(0, scenario.find('/'))};
  suite.scenarios.push_back({.id = scenario + "@jira", .suite = suite.name, .target = "jira", .steps = steps});
  return suite;
}

Step StepWith(const std::string& check, const std::string& clause = "") {
  return {.expect = {{.check = check, .clause = clause}}};
}

TEST(Cover, FindsTheChecksOfAClauseInEveryWay) {
  Step attack = StepWith("expired-is-refused");
  attack.action = AttackStep{.attack = "expired"};
  const Suite suite = SuiteWith("tokens/times", {attack, StepWith("named", "RFC 1"), StepWith("meant")});
  const std::vector<Clause> clauses = {{.name = "RFC 1", .patterns = {"tokens/*:me*"}}, {.name = "RFC 2"}};
  const Coverage coverage = Cover(clauses, {suite}, {{"expired", "RFC 2"}});
  EXPECT_THAT(coverage.clauses[0].checks, ElementsAre("tokens/times:meant", "tokens/times:named"));
  EXPECT_THAT(coverage.clauses[1].checks, ElementsAre("tokens/times:expired-is-refused"));
  EXPECT_THAT(coverage.unanswered, IsEmpty());
}

TEST(Cover, TellsWhatIsMissing) {
  const Suite suite = SuiteWith("tokens/times", {StepWith("lost"), StepWith("named", "RFC 9")});
  const std::vector<Clause> clauses = {{.name = "RFC 1"},
                                       {.name = "RFC 2", .patterns = {"nowhere"}},
                                       {.name = "RFC 3", .excluded = "because", .patterns = {"tokens:lost"}}};
  const Coverage coverage = Cover(clauses, {suite}, {});
  EXPECT_THAT(coverage.unanswered, ElementsAre("tokens/times:named"));
  EXPECT_THAT(coverage.unknown, ElementsAre("RFC 9"));
  EXPECT_THAT(coverage.empty, ElementsAre("RFC 1", "RFC 2"));
  EXPECT_THAT(coverage.idle, ElementsAre("RFC 2: nowhere"));
  EXPECT_THAT(coverage.both, ElementsAre("RFC 3"));
}

TEST(LoadClauses, NamesThePlaceOfAMistake) {
  std::string directory = testing::TempDir() + "iff-clauses-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/clauses.yaml";
  std::ofstream(path)
      << "- source: One\n  clauses:\n    - {clause: A, says: x, cheks: [y]}\n    - {clause: A, says: x}\n";
  EXPECT_THAT(LoadClauses(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("cheks")));
  EXPECT_THAT(LoadClauses(path), FailsWith(ErrorKind::kInvalidInput, HasSubstr("listed twice")));
  std::filesystem::remove_all(directory);
}

// The shipped list and the shipped suites.
TEST(ShippedClauses, HaveACheckOrAReasonEachAndLeaveNoCheckWithoutAClause) {
  const Result<System> system = LoadSystem("systems/vault-demo/system.yaml");
  ASSERT_THAT(system, IsOk());
  Vocabulary words;
  for (const auto& [name, target] : system->targets) {
    words.targets.insert(name);
    words.any.insert(name);
    for (const auto& [operation, unused] : target.operations) words.operations.insert(operation);
    words.tools.insert(target.tools.begin(), target.tools.end());
  }
  for (const auto& [persona, person] : system->people) words.personas.insert(persona);
  for (const ComponentSpec& component : system->components) words.components[component.name] = Protocol::kHttp;
  words.components["postgres"] = {Protocol::kStartups, "PostgreSQL"};
  words.revocable = {"account", "credential", "entity", "grants", "sessions"};
  words.rotatable = {"keys"};
  std::map<std::string, std::string> of_attack;
  for (const Attack& attack : AllAttacks()) {
    words.attacks.insert(attack.id);
    of_attack[attack.id] = attack.clause;
  }
  for (const Attack& attack : Prover::Attacks()) words.of_proofs.insert(attack.id);
  for (const Attack& attack : WrongCertificates()) words.of_certificates.insert(attack.id);
  for (const auto& [name, probe] : AllProbes()) words.probes.insert(name);
  const Result<std::vector<Suite>> suites = LoadSuites("scenarios", words, "systems/vault-demo/scenarios");
  ASSERT_THAT(suites, IsOk());
  Result<std::vector<Clause>> clauses = LoadClauses("scenarios/clauses.yaml");
  ASSERT_THAT(clauses, IsOk());
  const Coverage coverage = Cover(std::move(clauses).value(), *suites, of_attack);
  EXPECT_THAT(coverage.empty, IsEmpty()) << "neither a check nor an exclusion";
  EXPECT_THAT(coverage.both, IsEmpty()) << "excluded, and checked nevertheless";
  EXPECT_THAT(coverage.idle, IsEmpty()) << "patterns no check fits";
  EXPECT_THAT(coverage.unknown, IsEmpty()) << "named by a check or an attack, and not in scenarios/clauses.yaml";
  std::ifstream in("docs/clauses.md", std::ios::binary);
  std::ostringstream kept;
  kept << in.rdbuf();
  EXPECT_EQ(kept.str(), ClausesTable(coverage))
      << "after a change of checks or clauses: ./iff clauses --output docs/clauses.md";
  EXPECT_THAT(coverage.unanswered, IsEmpty()) << "checks that answer to no clause";
}

}  // namespace
}  // namespace iff
