#include "harness/run/result_merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/core/result_matchers.h"
#include "harness/run/result_compare.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

using Kind = Difference::Kind;

// Forty scenarios of all sorts, in an order that is not that of their ids.
RunResult WholeRun() {
  RunResult run{.id = "20270115-080000-abcd",
                .system = "demo",
                .started = "2027-01-15T08:00:00.000Z",
                .took_us = 9'000'000,
                .command = "iff run -j 2",
                .version = "0.1.0",
                .first_green_us = 2'000'000};
  run.components = {{.name = "vault", .version = "OpenBao 2.4.0", .start_us = 400'000, .how = "native process"}};
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string((i * 17) % 40);
    ScenarioResult scenario{.id = "suite/story-" + number + "@jira",
                            .suite = "suite",
                            .target = "jira",
                            .title = "Story " + number,
                            .file = "scenarios/suite/story.yaml",
                            .started_us = 1'000'000 + i * 10'000,
                            .took_us = 5'000 + i,
                            .principals = {"alice", "bob"},
                            .tags = {"slow"}};
    const Verdict verdict = i % 9 == 3 ? Verdict::kFailed : i % 9 == 5 ? Verdict::kErrored : Verdict::kPassed;
    StepResult step{
        .title = "alice calls", .line = 4, .kind = i % 7 == 0 ? "fault" : "", .started_us = 10, .took_us = 90};
    step.checks = {
        {.id = "first", .verdict = Verdict::kPassed, .expected = "e", .observed = "o"},
        {.id = "second", .level = Level::kShould, .verdict = verdict, .reason = "because", .clause = "RFC 1"},
        {.id = "known", .verdict = Verdict::kFailed, .known = true}};
    step.trace.exchanges.push_back({.lane = "jira",
                                    .actor = "alice",
                                    .title = "call",
                                    .started_us = 20,
                                    .took_us = 30,
                                    .status = 200,
                                    .response_body = "{\"number\":" + number + "}"});
    step.trace.downstream.events.push_back(
        {.act = {.source = {Place::kAuditLog, "vault"}, .persona = "alice", .action = "read", .allowed = true},
         .taken_for = {{"entity_id", number}},
         .at_us = 25,
         .timed = true});
    step.trace.downstream.observed = {{Place::kAuditLog, "vault"}};
    if (i % 5 == 0) step.trace.downstream.not_observable = {{Place::kLedger, "jira", "refused " + number}};
    scenario.steps = {step};
    scenario.matrix = {
        {.target = "jira", .caller = "alice", .tool = "get", .owner = "bob", .verdict = Verdict::kPassed}};
    if (i % 9 == 5) scenario.logs["jira"] = "a log of " + number;
    run.scenarios.push_back(std::move(scenario));
  }
  run.unexpected_passes = {"suite/story-1@jira first", "suite/story-2@jira first", "suite/story-30@jira first"};
  return run;
}

std::vector<RunResult> Split(const RunResult& whole, int of) {
  std::vector<RunResult> shards;
  for (int index = 1; index <= of; ++index) {
    RunResult shard = whole;
    shard.id = whole.id + "-" + std::to_string(index);
    shard.started = "2027-01-15T08:0" + std::to_string(index % 10) + ":00.000Z";
    shard.command += " --shard " + std::to_string(index) + "/" + std::to_string(of);
    shard.shard = {.index = index, .of = of};
    shard.scenarios.clear();
    shard.unexpected_passes.clear();
    for (size_t i = 0; i < whole.scenarios.size(); ++i) {
      const std::string& id = whole.scenarios[i].id;
      if (ShardOf(id, of) != index) continue;
      shard.scenarios.push_back(whole.scenarios[i]);
      shard.scenarios.back().place = static_cast<int>(i) + 1;
      for (const std::string& passed : whole.unexpected_passes) {
        if (passed.starts_with(id + " ")) shard.unexpected_passes.push_back(passed);
      }
    }
    // Through the stored form, as shards come from other machines.
    const Result<RunResult> stored = RunFromJson(ToJson(shard));
    EXPECT_THAT(stored, IsOk());
    shards.push_back(stored.ok() ? *stored : shard);
  }
  return shards;
}

TEST(ShardOf, SplitsEvenlyAndDependsOnTheIdAlone) {
  std::map<int, int> sizes;
  for (int i = 0; i < 8'000; ++i) ++sizes[ShardOf("tokens/attack-" + std::to_string(i) + "@jira", 8)];
  ASSERT_EQ(sizes.size(), 8U);
  for (const auto& [shard, size] : sizes) {
    EXPECT_GT(size, 850) << shard;
    EXPECT_LT(size, 1'150) << shard;
  }
  // Stored figures: another machine, another year, the same part.
  EXPECT_EQ(ShardOf("isolation/matrix@jira", 8), 8);
  EXPECT_EQ(ShardOf("lifetime/tokens@github", 8), 3);
  EXPECT_EQ(ShardOf("lifetime/tokens@github", 3), 2);
  EXPECT_EQ(ShardOf("anything", 1), 1);
}

TEST(ParseShard, SaysWhatItWants) {
  const Result<Shard> good = ParseShard("3/8");
  ASSERT_THAT(good, IsOk());
  EXPECT_EQ(good->index, 3);
  EXPECT_EQ(good->of, 8);
  for (const char* text : {"", "3", "0/8", "9/8", "3/", "/8", "3/8/1", "-1/8", "a/b", "1/1001", "+1/2"}) {
    EXPECT_THAT(ParseShard(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr("want i/n, like 3/8"))) << text;
  }
}

TEST(Merge, OfEightShardsIsTheWholeRun) {
  const RunResult whole = WholeRun();
  std::vector<RunResult> shards = Split(whole, 8);
  std::reverse(shards.begin(), shards.end());  // in whatever order they come
  Result<RunResult> merged = Merge(std::move(shards));
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->id, whole.id + "-1");
  merged->id = whole.id;
  merged->started = whole.started;
  EXPECT_EQ(ToJson(*merged), ToJson(whole));
}

TEST(Merge, KeepsEveryVersionAndTheWorstOfTimes) {
  std::vector<RunResult> shards = Split(WholeRun(), 2);
  shards[0].components[0].start_us = 900'000;
  shards[1].components.push_back({.name = "vault", .version = "OpenBao 2.4.1", .start_us = 1, .how = "native process"});
  shards[1].took_us = 99'000'000;
  shards[1].error = "the list of known failures is no list";
  const Result<RunResult> merged = Merge(shards);
  ASSERT_THAT(merged, IsOk());
  ASSERT_EQ(merged->components.size(), 2U);
  EXPECT_EQ(merged->components[0].start_us, 900'000);
  EXPECT_EQ(merged->took_us, 99'000'000);
  EXPECT_EQ(merged->error, "shard 2/2: the list of known failures is no list");
}

TEST(Merge, RefusesWhatDoesNotBelongTogether) {
  const auto refusal = [](const std::function<void(std::vector<RunResult>&)>& change) {
    std::vector<RunResult> shards = Split(WholeRun(), 3);
    change(shards);
    const Result<RunResult> merged = Merge(std::move(shards));
    return merged.ok() ? std::string("merged") : merged.error().message();
  };
  EXPECT_THAT(refusal([](auto& shards) { shards[1].system = "other"; }), HasSubstr("is of system 'demo'"));
  EXPECT_THAT(refusal([](auto& shards) { shards[1].version = "0.2.0"; }), HasSubstr("by iff 0.2.0"));
  EXPECT_THAT(refusal([](auto& shards) { shards.erase(shards.begin() + 1); }), HasSubstr("shard 2/3 is missing"));
  EXPECT_THAT(refusal([](auto& shards) { shards[2].shard.of = 4; }), HasSubstr("not split in the same way"));
  EXPECT_THAT(refusal([](auto& shards) {
                shards[1].scenarios.clear();
                shards[1].shard.index = 1;
              }),
              HasSubstr("shard 1/3 is given twice"));
  EXPECT_THAT(refusal([](auto& shards) { shards[1].scenarios.push_back(shards[0].scenarios[0]); }),
              HasSubstr("is in run 20270115-080000-abcd-1 (shard 1/3) and in run 20270115-080000-abcd-2 (shard 2/3)"));
}

TEST(Shard, IsGreenWhenNothingFallsIntoIt) {
  RunResult run;
  run.shard = {.index = 1, .of = 8};
  EXPECT_EQ(run.exit_code(), ExitCode::kOk);
  run.error = "keycloak is gone";
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
  run = {};
  EXPECT_EQ(run.exit_code(), ExitCode::kErrored);
}

// ---- beside an earlier run

std::vector<std::string> Told(const Comparison& compared) {
  std::vector<std::string> told;
  for (const Difference& one : compared.differences) {
    told.push_back(std::string(Name(one.kind)) + " " + one.scenario + " " + one.check + ": " + one.before + " -> " +
                   one.now);
  }
  return told;
}

RunResult Small(std::vector<std::pair<std::string, Verdict>> checks) {
  RunResult run{.id = "earlier", .started = "2027-01-14T08:00:00.000Z"};
  ScenarioResult scenario{.id = "a/b@jira"};
  scenario.steps.resize(1);
  for (const auto& [id, verdict] : checks) scenario.steps[0].checks.push_back({.id = id, .verdict = verdict});
  run.scenarios = {scenario};
  return run;
}

TEST(Compare, TellsNewFixedStillAndLost) {
  const RunResult before = Small({{"breaks", Verdict::kPassed},
                                  {"mended", Verdict::kFailed},
                                  {"remains", Verdict::kErrored},
                                  {"gone", Verdict::kPassed},
                                  {"no-longer-applies", Verdict::kFailed},
                                  {"never-applied", Verdict::kInapplicable},
                                  {"twice", Verdict::kPassed},
                                  {"twice", Verdict::kPassed}});
  const RunResult now = Small({{"breaks", Verdict::kFailed},
                               {"mended", Verdict::kPassed},
                               {"remains", Verdict::kFailed},
                               {"no-longer-applies", Verdict::kInapplicable},
                               {"added-and-bad", Verdict::kErrored},
                               {"added-and-good", Verdict::kPassed},
                               {"twice", Verdict::kPassed}});
  const Comparison compared = Compare(before, now);
  EXPECT_THAT(Told(compared),
              ::testing::ElementsAre("new a/b@jira added-and-bad:  -> errored", "new a/b@jira breaks: passed -> failed",
                                     "fixed a/b@jira mended: failed -> passed",
                                     "still a/b@jira remains: errored -> failed", "lost a/b@jira gone: passed -> ",
                                     "lost a/b@jira no-longer-applies: failed -> ", "lost a/b@jira twice: passed -> "));
  EXPECT_EQ(compared.run, "earlier");
  EXPECT_EQ(compared.checks_before, 7);
  EXPECT_EQ(compared.checks_now, 6);
}

TEST(Compare, TellsWhoMayDoWhatOtherwiseThanThen) {
  RunResult before = Small({{"one", Verdict::kPassed}});
  const MatrixCell own{.target = "jira",
                       .caller = "alice",
                       .tool = "get",
                       .owner = "alice",
                       .expected = true,
                       .reached = true,
                       .verdict = Verdict::kPassed,
                       .operation = "read_of"};
  MatrixCell others = own;
  others.caller = "bob";
  others.expected = others.reached = false;
  MatrixCell scoped = others;
  scoped.way = "without a token";
  scoped.decision = "step-up";
  before.scenarios[0].matrix = {own, others, scoped};
  RunResult now = before;
  EXPECT_TRUE(Compare(before, now).decisions.empty());
  now.scenarios[0].matrix[1].reached = true;
  now.scenarios[0].matrix[1].expected = true;  // the file has changed with the server: no check fails
  now.scenarios[0].matrix[2].operation = "edit_of";
  now.compared = Compare(before, now);
  std::vector<std::string> told;
  for (const ChangedDecision& one : now.compared->decisions) {
    told.push_back(one.caller + " " + one.operation + " " + one.owner + " " + one.way + ": " + one.before + " -> " +
                   one.now);
  }
  EXPECT_THAT(told, ::testing::ElementsAre("bob edit_of alice without a token:  -> step-up",
                                           "bob read_of alice : deny -> allow",
                                           "bob read_of alice without a token: step-up -> "));
  const Result<RunResult> stored = RunFromJson(ToJson(now));
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(ToJson(*stored), ToJson(now));
  // What could not be judged, and scenarios that only one of them has played, decide nothing.
  now.scenarios[0].matrix[1].verdict = Verdict::kErrored;
  now.scenarios[0].matrix.pop_back();
  before.scenarios[0].matrix = {own};
  EXPECT_TRUE(Compare(before, now).decisions.empty());
  now.scenarios[0].id = "c/d@jira";
  now.scenarios[0].matrix = {own, others};
  EXPECT_TRUE(Compare(before, now).decisions.empty());
}

TEST(Compare, TakesFewerChecksForARegressionEvenIfAllPass) {
  const RunResult before = Small({{"one", Verdict::kPassed}, {"two", Verdict::kPassed}});
  RunResult now = Small({{"one", Verdict::kPassed}});
  EXPECT_EQ(now.exit_code(), ExitCode::kOk);
  now.compared = Compare(before, now);
  EXPECT_EQ(now.compared->Count(Kind::kLost), 1);
  EXPECT_EQ(now.exit_code(), ExitCode::kFailed);
  const Result<RunResult> stored = RunFromJson(ToJson(now));
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(ToJson(*stored), ToJson(now));
}

TEST(Compare, MissesOnlyWhatWasMeantToBePlayed) {
  RunResult before = Small({{"one", Verdict::kPassed}});
  before.scenarios.push_back(before.scenarios[0]);
  before.scenarios[1].id = "c/d@jira";
  RunResult now = Small({{"one", Verdict::kPassed}});
  EXPECT_EQ(Compare(before, now).Count(Kind::kLost), 1);
  now.narrowed = true;
  EXPECT_TRUE(Compare(before, now).differences.empty());
  now.narrowed = false;
  now.shard = {.index = 1, .of = 2};
  EXPECT_TRUE(Compare(before, now).differences.empty());
  // And an earlier run that was narrowed says nothing about the rest.
  before.narrowed = true;
  before.scenarios.pop_back();
  now = Small({{"one", Verdict::kPassed}});
  now.scenarios.push_back(now.scenarios[0]);
  now.scenarios[1].id = "c/d@jira";
  EXPECT_EQ(Compare(before, now).checks_now, 1);
}

}  // namespace
}  // namespace iff
