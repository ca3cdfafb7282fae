#include "harness/causes/gather.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <random>

#include "harness/causes/kills.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Checks = std::set<std::string>;

Cause One(std::string name, Gravity gravity, std::vector<Checks> patterns) {
  return {
      .name = name, .says = name + " is there", .gravity = gravity, .fix = "Mend it.", .patterns = std::move(patterns)};
}

std::vector<std::string> Names(const std::vector<GatheredCause>& gathered) {
  std::vector<std::string> names;
  for (const GatheredCause& one : gathered) names.push_back(one.cause->name);
  return names;
}

std::vector<GatheredCause> Gather(const CauseCatalogue& catalogue, const JudgedChecks& judged) {
  return Gatherer(catalogue).Gather(judged);
}

TEST(Gather, TheWholeIsNamedAndNotItsParts) {
  const CauseCatalogue catalogue{
      .causes = {One("part", Gravity::kData, {{"a", "b"}}), One("whole", Gravity::kIdentity, {{"a", "b", "c", "d"}})}};
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "b", "c", "d"}})), ElementsAre("whole"));
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "b"}, .passed = {"c", "d"}})), ElementsAre("part"));
}

TEST(Gather, WhatPassedContradicts) {
  const CauseCatalogue catalogue{.causes = {One("whole", Gravity::kIdentity, {{"a", "b", "c"}})}};
  EXPECT_THAT(Gather(catalogue, {.failed = {"a", "b"}, .passed = {"c"}}), IsEmpty());
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "b"}})), ElementsAre("whole")) << "c was not judged";
  EXPECT_THAT(Gather(catalogue, {.failed = {"z"}, .passed = {"c"}}), IsEmpty());
}

TEST(Gather, WhatShowsACauseIsEnoughWhateverElsePassed) {
  CauseCatalogue catalogue{.causes = {One("whole", Gravity::kIdentity, {{"a", "b", "c", "d", "e", "f"}}),
                                      One("part", Gravity::kData, {{"c", "d"}})}};
  catalogue.causes[0].shown_by = {"a", "b", "g"};
  const JudgedChecks judged{.failed = {"a", "b", "c", "d"}, .passed = {"e", "f"}};
  ASSERT_THAT(Names(Gather(catalogue, judged)), ElementsAre("whole"));
  EXPECT_THAT(Gather(catalogue, judged).front().explains, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "b", "c", "d"}, .passed = {"e", "f", "g"}})),
              ElementsAre("part"))
      << "g speaks against it";
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "c", "d"}, .passed = {"e", "f"}})), ElementsAre("part"))
      << "one alone may fail by another fault";
}

TEST(Gather, WhatFailsBecauseOfACauseTooShowsNoOther) {
  CauseCatalogue catalogue{
      .causes = {One("first", Gravity::kIdentity, {{"a", "b"}}), One("second", Gravity::kData, {{"c"}, {"d"}})}};
  catalogue.causes[0].also = {"c", "x"};
  ASSERT_THAT(Names(Gather(catalogue, {.failed = {"a", "b", "c"}})), ElementsAre("first"));
  EXPECT_THAT(Gather(catalogue, {.failed = {"a", "b", "c"}}).front().explains, ElementsAre("a", "b", "c"));
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"c"}, .passed = {"a", "d"}})), ElementsAre("second"));
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "b", "c", "d"}})), ElementsAre("second", "first"));
}

TEST(Gather, OneInTenMayPass) {
  Checks all;
  for (int i = 0; i < 10; ++i) all.insert("c" + std::to_string(i));
  const CauseCatalogue catalogue{.causes = {One("many", Gravity::kIdentity, {all})}};
  Checks failed = all;
  failed.erase("c0");
  EXPECT_THAT(Names(Gather(catalogue, {.failed = failed, .passed = {"c0"}})), ElementsAre("many"));
  failed.erase("c1");
  EXPECT_THAT(Gather(catalogue, {.failed = failed, .passed = {"c0", "c1"}}), IsEmpty());
}

TEST(Gather, OfTwoThatFitAlikeNeitherIsNamed) {
  const CauseCatalogue catalogue{.causes = {One("one", Gravity::kData, {{"a", "b"}}),
                                            One("other", Gravity::kForm, {{"a", "c"}}),
                                            One("vague", Gravity::kForm, {{"a", "d", "e", "f", "g"}})}};
  EXPECT_THAT(Gather(catalogue, {.failed = {"a"}}), IsEmpty()) << "b and c were not judged";
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a"}, .passed = {"c"}})), ElementsAre("one"))
      << "of the vague one too little is known to be as good";
}

TEST(Gather, WhatIsHardlyKnownDoesNotGoBeforeWhatIsKnown) {
  Checks all = {"a", "b", "c", "d"};
  for (int i = 0; i < 60; ++i) all.insert("n" + std::to_string(i));
  const CauseCatalogue catalogue{
      .causes = {One("all", Gravity::kData, {all}), One("some", Gravity::kForm, {{"a", "b", "c", "e"}})}};
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"a", "b", "c", "d"}})), ElementsAre("some"))
      << "of 'all' a sixteenth was judged: that little is left over for it shows nothing";
  EXPECT_THAT(Names(Gather(catalogue, {.failed = {"d"}})), ElementsAre("all")) << "nothing else would explain it";
}

TEST(Gather, TheHeaviestComeFirstAndNoCheckIsExplainedTwice) {
  const CauseCatalogue catalogue{
      .causes = {One("form", Gravity::kForm, {{"a", "b", "c", "d"}}), One("data", Gravity::kData, {{"d", "e"}})}};
  const std::vector<GatheredCause> gathered = Gather(catalogue, {.failed = {"a", "b", "c", "d", "e", "x"}});
  ASSERT_THAT(Names(gathered), ElementsAre("data", "form"));
  EXPECT_THAT(gathered[0].explains, ElementsAre("d", "e"));
  EXPECT_THAT(gathered[1].explains, ElementsAre("a", "b", "c"));
}

RunResult RunOf(std::vector<Check> checks) {
  return {.scenarios = {{.id = "s/one@jira", .target = "jira", .steps = {{.checks = std::move(checks)}}}}};
}

TEST(CausesOf, CountsFailuresThatAreNotListedAsKnown) {
  const CauseCatalogue catalogue{.causes = {One("whole", Gravity::kIdentity, {{"a", "b"}})}};
  const Check a{.id = "a", .verdict = Verdict::kFailed};
  const Check known_b{.id = "b", .verdict = Verdict::kFailed, .known = true};
  const Check x{.id = "x", .verdict = Verdict::kFailed};
  const std::vector<NamedCause> named = CausesOf(catalogue, RunOf({a, a, known_b, x}));
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0].target, "jira");
  EXPECT_THAT(named[0].checks, ElementsAre("a", "b"));
  EXPECT_EQ(named[0].explains, 2);
  EXPECT_EQ(named[0].of, 3);
  Check known_a = a;
  known_a.known = true;
  EXPECT_THAT(CausesOf(catalogue, RunOf({known_a, known_b, x})), IsEmpty()) << "nothing new";
  RunResult shard = RunOf({a, known_b});
  shard.shard = {.index = 1, .of = 2};
  EXPECT_THAT(CausesOf(catalogue, shard), IsEmpty());
}

TEST(CausesOf, WhatFailedAnywhereFailedAndErrorsSayNothing) {
  const CauseCatalogue catalogue{.causes = {One("whole", Gravity::kIdentity, {{"a", "b"}})}};
  EXPECT_EQ(CausesOf(catalogue, RunOf({{.id = "a", .verdict = Verdict::kFailed},
                                       {.id = "a", .verdict = Verdict::kPassed},
                                       {.id = "b", .verdict = Verdict::kErrored}}))
                .size(),
            1U);
}

// The catalogue against what was measured: faults of one server put together, everything else passed.
class Measured : public testing::Test {
 protected:
  struct Figures {
    int64_t runs = 0;
    int64_t named = 0;
    int64_t right = 0;    // of those named
    int64_t there = 0;    // causes of which something was seen that is no other's
    int64_t missing = 0;  // of those, not named
    std::map<std::string, int> wrong = {};
    double Right() const { return named == 0 ? 1 : static_cast<double>(right) / static_cast<double>(named); }
    double Found() const { return there == 0 ? 1 : 1 - static_cast<double>(missing) / static_cast<double>(there); }
    void Print(const char* what) const {
      std::printf("%s: %lld runs, %lld causes named, %.2f %% of them there, %.2f %% of those there named\n", what,
                  static_cast<long long>(runs), static_cast<long long>(named), 100 * Right(), 100 * Found());
      for (const auto& [name, times] : wrong) std::printf("  not there: %s, %d times\n", name.c_str(), times);
    }
  };

  void SetUp() override {
    const std::string root = std::filesystem::current_path().string();
    Result<CauseCatalogue> catalogue = LoadCauses(root);
    ASSERT_THAT(catalogue, IsOk());
    catalogue_ = *std::move(catalogue);
    gatherer_.emplace(catalogue_);
    const Result<Kills> kills = ReadKills(KillsFile(root));
    ASSERT_THAT(kills, IsOk());
    std::map<std::string, std::string> cause_of;
    for (const Cause& cause : catalogue_.causes) {
      for (const std::string& mutant : cause.mutants) cause_of[mutant] = cause.name;
    }
    for (const auto& [mutant, by_target] : *kills) {
      for (const auto& [target, checks] : by_target) {
        all_[target].insert(checks.begin(), checks.end());
        if (cause_of.contains(mutant)) faults_[target].push_back({.cause = cause_of[mutant], .checks = checks});
      }
    }
  }

  struct Fault {
    std::string cause;
    Checks checks;
  };

  // `judged`: so many of a hundred checks were.
  void Add(const std::string& target, const std::vector<const Fault*>& faults, Figures& figures, int judged = 100) {
    JudgedChecks checks;
    Checks failed;
    std::map<std::string, int> times;
    for (const Fault* fault : faults) {
      failed.insert(fault->checks.begin(), fault->checks.end());
      for (const std::string& check : fault->checks) ++times[check];
    }
    for (const std::string& check : all_[target]) {
      if (static_cast<int>(dice_() % 100) >= judged) continue;
      (failed.contains(check) ? checks.failed : checks.passed).insert(check);
    }
    std::set<std::string> there;
    std::set<std::string> seen;
    for (const Fault* fault : faults) {
      there.insert(fault->cause);
      for (const std::string& check : fault->checks) {
        if (times[check] == 1 && checks.failed.contains(check)) seen.insert(fault->cause);
      }
    }
    ++figures.runs;
    const std::vector<std::string> named = Names(gatherer_->Gather(checks));
    for (const std::string& name : named) {
      ++figures.named;
      if (there.contains(name)) {
        ++figures.right;
      } else {
        ++figures.wrong[name];
      }
    }
    for (const std::string& name : seen) {
      ++figures.there;
      if (std::find(named.begin(), named.end(), name) == named.end()) ++figures.missing;
    }
  }

  CauseCatalogue catalogue_;
  std::optional<Gatherer> gatherer_;
  std::map<std::string, Checks> all_;  // that some fault trips, by target
  std::map<std::string, std::vector<Fault>> faults_;
  std::minstd_rand dice_{1};
};

TEST_F(Measured, EveryFaultAloneIsNamedAndNothingElse) {
  Figures figures;
  for (const auto& [target, faults] : faults_) {
    for (const Fault& fault : faults) Add(target, {&fault}, figures);
  }
  figures.Print("one fault");
  EXPECT_THAT(figures.wrong, IsEmpty());
  EXPECT_EQ(figures.missing, 0);
}

// By day a fifth of all pairs, always the same; by night all.
TEST_F(Measured, EveryPairIsNamedNearlyAlwaysAndNothingElse) {
  const bool all = std::getenv("IFF_BY_NIGHT") != nullptr;
  Figures figures;
  for (const auto& [target, faults] : faults_) {
    for (size_t a = 0; a < faults.size(); ++a) {
      for (size_t b = a + 1; b < faults.size(); ++b) {
        if (all || dice_() % 5 == 0) Add(target, {&faults[a], &faults[b]}, figures);
      }
    }
  }
  figures.Print("two faults");
  EXPECT_GE(figures.Found(), 0.95);
  EXPECT_GE(figures.Right(), 0.999);
}

TEST_F(Measured, TriplesAndDozensAreNamedNearlyAlwaysAndNothingElse) {
  for (const size_t many : {3U, 14U}) {
    Figures figures;
    for (const auto& [target, faults] : faults_) {
      for (int i = 0; i < 1'000; ++i) {
        std::vector<const Fault*> some;
        for (size_t n = 0; n < many; ++n) some.push_back(&faults[dice_() % faults.size()]);
        Add(target, some, figures);
      }
    }
    figures.Print(many == 3 ? "three faults" : "fourteen faults");
    EXPECT_GE(figures.Found(), 0.95);
    EXPECT_GE(figures.Right(), 0.999);
  }
}

// A run of a few suites, or a server to which many checks do not apply.
TEST_F(Measured, WhereHalfOfTheChecksSayNothingStillNearlyAll) {
  Figures figures;
  for (const auto& [target, faults] : faults_) {
    for (int i = 0; i < 1'000; ++i) {
      Add(target, {&faults[dice_() % faults.size()], &faults[dice_() % faults.size()]}, figures, 50);
    }
  }
  figures.Print("two faults, half judged");
  EXPECT_GE(figures.Found(), 0.9);
  EXPECT_GE(figures.Right(), 0.98);
}

TEST_F(Measured, EverythingFailedIsGatheredAtOnce) {
  JudgedChecks checks;
  for (const auto& [target, all] : all_) checks.failed.insert(all.begin(), all.end());
  for (int i = 0; i < 100'000; ++i) checks.failed.insert("unheard-of-" + std::to_string(i));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(gatherer_->Gather(checks).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace iff
