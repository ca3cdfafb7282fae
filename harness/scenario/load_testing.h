// The fixture of those tests that read scenario files.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "harness/core/result_matchers.h"
#include "harness/scenario/load.h"

namespace iff {

inline Vocabulary FewWords() {
  return {
      .targets = {"jira", "github"},
      .any = {"github", "jira"},
      .another = {{"jira", "github"}},
      .personas = {"alice", "bob"},
      .components = {{"vault", Protocol::kHttp},
                     {"jira", Protocol::kHttp},
                     {"postgres", {Protocol::kStartups, "PostgreSQL"}},
                     {"redis", {Protocol::kBytes, "RESP"}}},
      .roles = {{"github", {{"secret_store", "vault"}, {"database", "postgres"}}}, {"jira", {{"upstream", "jira"}}}},
      .operations = {"read_own", "read_of"},
      .tools = {"get_issue", "whoami"},
      .attacks = {"alg-none", "iat-missing", "proof-of-another-key"},
      .probes = {"growth"},
      .revocable = {"sessions"},
      .rotatable = {"keys"},
      .by_policy = {"iat-missing"},
      .of_proofs = {"proof-of-another-key"}};
}

class LoadScenarioTest : public testing::Test {
 protected:
  LoadScenarioTest() : folder_(std::filesystem::path(testing::TempDir()) / ("load_test-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~LoadScenarioTest() override { std::filesystem::remove_all(folder_); }

  Result<std::vector<Scenario>> Load(const std::string& text) const {
    std::ofstream(folder_ / "bad.yaml", std::ios::binary) << text;
    return LoadScenario((folder_ / "bad.yaml").string(), "demo", FewWords());
  }

  // What is said about `text`, with the file called bad.yaml wherever it lies.
  std::string MistakesIn(const std::string& text) const {
    const Result<std::vector<Scenario>> loaded = Load(text);
    if (loaded.ok()) return "no mistakes";
    EXPECT_EQ(loaded.error().kind(), ErrorKind::kInvalidInput);
    std::string said = loaded.error().message();
    const std::string prefix = folder_.string() + "/";
    for (size_t at = said.find(prefix); at != std::string::npos; at = said.find(prefix)) said.erase(at, prefix.size());
    return said;
  }

  // Of a scenario that is right but for `step`, its eighth line.
  std::string MistakesInStep(const std::string& step) const { return MistakesIn(kHead + step + "\n"); }

  static constexpr const char* kHeadText =
      "id: demo/one\n"
      "title: One\n"
      "target: jira\n"
      "given: {principals: [alice]}\n"
      "steps:\n"
      "- {obtain: token, for: alice}\n"
      "- {call: read_own, with: token, expect: [{check: works, level: must, tool: succeeds}]}\n";
  const std::string kHead = kHeadText;
  std::filesystem::path folder_;
};

}  // namespace iff
