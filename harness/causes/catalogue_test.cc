#include "harness/causes/catalogue.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/causes/kills.h"
#include "harness/core/result_matchers.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A project of two files.
class LoadCausesTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "servers/mutants");
    fs::create_directories(root_ / "scenarios");
    std::ofstream(root_ / "servers/mutants/kills.yaml") << "takes-all:\n  one: [a, b]\n  two: [a, b]\n  three: [c]\n";
  }
  void TearDown() override { fs::remove_all(root_); }

  Result<CauseCatalogue> Load(const std::string& text) const {
    std::ofstream(root_ / "scenarios/causes.yaml") << text;
    return LoadCauses(root_.string());
  }

  const fs::path root_ = fs::path(testing::TempDir()) / ("causes-" + std::to_string(getpid()));
};

TEST_F(LoadCausesTest, APatternIsWhatFailsTogetherAtAServerOrInAnExample) {
  const Result<CauseCatalogue> catalogue = Load(
      "causes:\n  - {cause: all, says: it takes all, gravity: identity, fix: Take less., clause: RFC 1, mutants: "
      "takes-all,\n"
      "     examples: {small/wrong: [a, d]}}\nno_causes: {other: the store decides}\n");
  ASSERT_THAT(catalogue, IsOk());
  ASSERT_EQ(catalogue->causes.size(), 1U);
  const Cause& cause = catalogue->causes.front();
  EXPECT_EQ(cause.gravity, Gravity::kIdentity);
  EXPECT_EQ(cause.clause, "RFC 1");
  EXPECT_THAT(cause.patterns, UnorderedElementsAre(ElementsAre("a", "b"), ElementsAre("c"), ElementsAre("a", "d")));
  EXPECT_EQ(catalogue->no_causes.at("other"), "the store decides");
}

TEST_F(LoadCausesTest, EveryMistakeIsToldWithItsPlace) {
  EXPECT_THAT(Load("causes:\n  - {cause: a, says: s, gravity: heavy, fix: f, mutants: m}\n"
                   "  - {cause: a, says: s, gravity: form, fix: f, mutants: m}\n  - {cause: b, says: s, gravity: form, "
                   "shown_by: [c]}\n"
                   "no_causes: {m: why}\n"),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("want two checks at least"), HasSubstr("causes.yaml:2"), HasSubstr("heavy"),
                              HasSubstr("mutant m is of another cause"), HasSubstr("of this name already"),
                              HasSubstr("no mutant and no example"), HasSubstr("mutant m is of a cause"))));
}

// Tests run in the project's folder.
CauseCatalogue Ours() {
  Result<CauseCatalogue> catalogue = LoadCauses(fs::current_path().string());
  EXPECT_THAT(catalogue, IsOk());
  return catalogue.ok() ? *std::move(catalogue) : CauseCatalogue{};
}

TEST(OurCauses, EveryMutantIsOfOneCauseOrSaysWhyOfNone) {
  const CauseCatalogue catalogue = Ours();
  std::set<std::string> named;
  for (const Cause& cause : catalogue.causes) named.insert(cause.mutants.begin(), cause.mutants.end());
  for (const auto& [mutant, why] : catalogue.no_causes) named.insert(mutant);
  const Result<Kills> kills = ReadKills(KillsFile(fs::current_path().string()));
  ASSERT_THAT(kills, IsOk());
  std::set<std::string> known;
  for (const auto& [mutant, checks] : *kills) known.insert(mutant);
  std::set<std::string> differ;
  std::set_symmetric_difference(named.begin(), named.end(), known.begin(), known.end(),
                                std::inserter(differ, differ.end()));
  EXPECT_THAT(differ, IsEmpty()) << "in one of scenarios/causes.yaml and servers/mutants/kills.yaml, not in both";
}

TEST(OurCauses, WhatAnExampleShowsIsWhatIsFoundInIt) {
  for (const Cause& cause : Ours().causes) {
    for (const auto& [example, checks] : cause.examples) {
      const size_t slash = example.find('/');
      const Result<YamlFile> expected = YamlFile::Load("examples/" + example.substr(0, slash) + "/expected.yaml");
      ASSERT_THAT(expected, IsOk()) << cause.name;
      YamlReader reader(*expected);
      std::set<std::string> found;
      for (const std::string& at : reader.Items("/" + example.substr(slash + 1) + "/finds")) {
        const std::vector<std::string> some = reader.Texts(at + "/checks");
        found.insert(some.begin(), some.end());
      }
      EXPECT_EQ(found, checks) << cause.name << ": " << example;
    }
  }
}

// Or for one that fails all of that and more, which is named in its place.
TEST(OurCauses, WhatShowsOneFailsForItAndForNoSmaller) {
  const CauseCatalogue catalogue = Ours();
  int shown = 0;
  for (const Cause& cause : catalogue.causes) {
    if (cause.shown_by.empty()) continue;
    size_t largest = 0;
    for (const Cause& other : catalogue.causes) {
      for (const std::set<std::string>& pattern : other.patterns) {
        if (!std::includes(pattern.begin(), pattern.end(), cause.shown_by.begin(), cause.shown_by.end())) continue;
        if (other.name == cause.name) largest = std::max(largest, pattern.size());
      }
    }
    EXPECT_GT(largest, cause.shown_by.size()) << cause.name;
    std::set<std::string> explained = cause.shown_by;
    for (const std::set<std::string>& pattern : cause.patterns) explained.insert(pattern.begin(), pattern.end());
    for (const Cause& other : catalogue.causes) {
      if (other.name == cause.name) continue;
      for (const std::set<std::string>& pattern : other.patterns) {
        if (!std::includes(pattern.begin(), pattern.end(), cause.shown_by.begin(), cause.shown_by.end())) continue;
        EXPECT_FALSE(std::includes(explained.begin(), explained.end(), pattern.begin(), pattern.end()))
            << cause.name << " would be named in place of " << other.name;
      }
    }
    ++shown;
  }
  EXPECT_GT(shown, 0);
}

TEST(OurCauses, WhatFailsTooIsACheck) {
  const Result<Kills> kills = ReadKills(KillsFile(fs::current_path().string()));
  ASSERT_THAT(kills, IsOk());
  std::set<std::string> checks;
  for (const auto& [mutant, of] : *kills) {
    for (const auto& [target, failed] : of) checks.insert(failed.begin(), failed.end());
  }
  for (const Cause& cause : Ours().causes) {
    for (const std::string& check : cause.also) EXPECT_TRUE(checks.contains(check)) << cause.name << ": " << check;
  }
}

TEST(OurCauses, SentencesGoOnAndAdviceStands) {
  for (const Cause& cause : Ours().causes) {
    EXPECT_TRUE(std::islower(static_cast<unsigned char>(cause.says.front())) != 0 && !cause.says.ends_with('.'))
        << cause.name << ": " << cause.says;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(cause.fix.front())) != 0 && cause.fix.ends_with('.'))
        << cause.name << ": " << cause.fix;
  }
}

}  // namespace
}  // namespace iff
