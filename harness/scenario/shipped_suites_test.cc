// The suites that are shipped, and the documents that speak of them.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/environment/system.h"
#include "harness/jose/prover.h"
#include "harness/run/attacks.h"
#include "harness/run/texts.h"
#include "harness/run/wrong_certificates.h"
#include "harness/scenario/claims.h"
#include "harness/scenario/load.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The words the shipped system knows.
Vocabulary ShippedWords() {
  const Result<System> system = LoadSystem("systems/vault-demo/system.yaml");
  EXPECT_THAT(system, IsOk());
  Vocabulary words;
  if (!system.ok()) return words;
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
  for (const Attack& attack : AllAttacks()) words.attacks.insert(attack.id);
  for (const Attack& attack : Prover::Attacks()) words.of_proofs.insert(attack.id);
  for (const Attack& attack : WrongCertificates()) words.of_certificates.insert(attack.id);
  for (const auto& [name, probe] : AllProbes()) words.probes.insert(name);
  return words;
}

TEST(ShippedSuites, LoadWithTheShippedSystem) {
  const Result<std::vector<Suite>> suites = LoadSuites("scenarios", ShippedWords(), "systems/vault-demo/scenarios");
  ASSERT_THAT(suites, IsOk());
  EXPECT_GE(suites->size(), 9u);
  for (const Suite& suite : *suites) EXPECT_FALSE(suite.scenarios.empty()) << suite.name;
}

TEST(ShippedClaims, AreShownByChecksThatThereAre) {
  const Result<std::vector<RunClaim>> claims = LoadClaims("scenarios/claims.yaml");
  ASSERT_THAT(claims, IsOk());
  EXPECT_GE(claims->size(), 9u);
  const Result<std::vector<Suite>> suites = LoadSuites("scenarios", ShippedWords(), "systems/vault-demo/scenarios");
  ASSERT_THAT(suites, IsOk());
  EXPECT_THAT(IdlePatterns(*claims, *suites), testing::IsEmpty());
}

std::vector<fs::path> SuiteFolders() {
  std::vector<fs::path> folders;
  for (const char* const root : {"scenarios", "systems/vault-demo/scenarios"}) {
    for (const auto& folder : fs::directory_iterator(root)) {
      if (!folder.is_directory()) continue;
      for (const auto& file : fs::directory_iterator(folder)) {
        if (file.path().extension() != ".yaml") continue;
        folders.push_back(folder.path());
        break;
      }
    }
  }
  return folders;
}

// Words in the last parentheses of each claim of a README: the files that prove it.
std::vector<std::string> FilesClaimedBy(const std::vector<std::string>& lines) {
  std::vector<std::string> claims;
  bool in_claim = false;
  for (const std::string& line : lines) {
    if (line.starts_with("- ")) claims.push_back(line);
    if (in_claim && line.starts_with("  ")) claims.back() += line;
    in_claim = line.starts_with("- ") || (in_claim && line.starts_with("  "));
  }
  std::vector<std::string> files;
  for (const std::string& claim : claims) {
    const size_t begin = claim.rfind('(');
    EXPECT_TRUE(begin != std::string::npos && claim.ends_with(')')) << "no files are named by: " << claim;
    if (begin == std::string::npos) continue;
    std::istringstream names(claim.substr(begin + 1, claim.size() - begin - 2));
    for (std::string name; std::getline(names, name, ',');)
      files.push_back(name.substr(std::min(name.size(), name.find_first_not_of(' '))));
  }
  return files;
}

TEST(ShippedSuites, SayWhatTheyVerify) {
  for (const fs::path& folder : SuiteFolders()) {
    const std::vector<std::string> lines = LinesOf(WholeFile(folder / "README.md"));
    ASSERT_GE(lines.size(), 5u) << folder;
    EXPECT_LE(lines.size(), 30u) << folder;
    EXPECT_EQ(lines[0], "# " + folder.filename().string());
    EXPECT_EQ(lines[2], "This suite verifies that:") << folder;
  }
}

TEST(ShippedSuites, HaveAFileForEachClaimAndAClaimForEachFile) {
  for (const fs::path& folder : SuiteFolders()) {
    const std::vector<std::string> claimed = FilesClaimedBy(LinesOf(WholeFile(folder / "README.md")));
    for (const std::string& name : claimed) {
      EXPECT_TRUE(fs::exists(folder / (name + ".yaml"))) << folder << "/README.md names " << name;
    }
    for (const auto& file : fs::directory_iterator(folder)) {
      if (file.path().extension() != ".yaml") continue;
      EXPECT_THAT(claimed, testing::Contains(file.path().stem().string())) << "no claim of " << folder << "/README.md";
    }
  }
}

TEST(ScenarioFormatDocument, HoldsExamplesThatLoad) {
  const std::vector<std::string> lines = LinesOf(WholeFile("docs/scenario-format.md"));
  const Vocabulary words = ShippedWords();
  const fs::path file = fs::path(testing::TempDir()) / ("example-" + std::to_string(getpid()) + ".yaml");
  int examples = 0;
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    if (lines[i] != "```yaml" || lines[i + 1] != "# example") continue;
    std::string text(i + 1, '\n');  // mistakes then name the document's lines
    std::string id;
    for (++i; i < lines.size() && lines[i] != "```"; ++i) {
      text += lines[i] + "\n";
      if (lines[i].starts_with("id: ")) id = lines[i].substr(4);
    }
    std::ofstream(file, std::ios::binary) << text;
    EXPECT_THAT(LoadScenario(file.string(), id.substr(0, id.find('/')), words), IsOk());
    ++examples;
  }
  fs::remove(file);
  EXPECT_GE(examples, 5);
}

}  // namespace
}  // namespace iff
