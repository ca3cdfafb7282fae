#include "harness/environment/lane_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <set>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"
#include "harness/environment/capabilities.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// What the components do, and what goes wrong; chosen by the test.
struct LaneWorld {
  std::mutex mutex = {};
  std::vector<std::string> lines = {};  // "make vault", "remove vault"; of lanes alone
  std::set<std::string> ill = {};       // components, of a lane each, that do not answer
  std::string refusal = {};             // why none can be made
  std::string failure = {};             // why the next cannot be made
  std::atomic<int> begun = 0;           // parts that somebody has begun to make
  bool stuck = false;                   // whoever is being made waits until this ends

  std::vector<std::string> Lines() {
    const std::lock_guard lock(mutex);
    return lines;
  }
  void Note(const std::string& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(line);
  }
  bool Stuck() {
    const std::lock_guard lock(mutex);
    return stuck;
  }
  void Set(bool stuck_now) {
    const std::lock_guard lock(mutex);
    stuck = stuck_now;
  }
};

class PartOfALane : public Component {
 public:
  PartOfALane(LaneWorld& world, std::string name, std::string lane)
      : world_(world), name_(std::move(name)), lane_(std::move(lane)) {}
  ~PartOfALane() override {
    if (!lane_.empty()) world_.Note("remove " + name_);
  }
  const std::string& name() const override { return name_; }
  std::string version() const override { return "fake"; }
  Endpoint endpoint() const override { return {.port = 7}; }
  Facts facts() const override { return {{"place", {name_ + "/" + lane_, false}}}; }
  Result<void> Check() override {
    const std::lock_guard lock(world_.mutex);
    if (lane_.empty() || !world_.ill.contains(name_)) return {};
    world_.ill.clear();
    return Error(ErrorKind::kUnavailable, "does not answer");
  }
  std::string LogTail(size_t) const override { return {}; }
  std::vector<std::string> log_paths() const override { return {}; }

 protected:
  LaneWorld& world_;
  std::string name_;
  std::string lane_;
};

class HomeOfLanes final : public PartOfALane, public LaneHome {
 public:
  using PartOfALane::PartOfALane;
  void LeaveLanes() override { world_.Note("leave " + name_); }
  Result<Recipe> LaneRecipe(const std::string& lane) override {
    const std::lock_guard lock(world_.mutex);
    if (!world_.refusal.empty()) return Error(ErrorKind::kRefused, world_.refusal);
    Recipe recipe;
    recipe.name = name_;
    recipe.facts = [this, lane](const Json&, const Endpoint&) -> Result<Facts> {
      return Facts{{"place", {name_ + "/" + lane, false}}};
    };
    recipe.attach = [this, lane](const StartContext& context,
                                 const Attachment& at) -> Result<std::unique_ptr<Component>> {
      ++world_.begun;
      EXPECT_EQ(at.endpoint.port, 7);
      EXPECT_EQ(context.peers.at(name_).at("place").value, name_ + "/" + lane);
      TRY(Eventually(Deadline::In(30s), [&]() -> Result<bool> { return !world_.Stuck(); }));
      context.born(Secret("secret of " + lane), "token");
      {
        const std::lock_guard inner(world_.mutex);
        if (!world_.failure.empty()) return Error(ErrorKind::kUnavailable, std::exchange(world_.failure, ""));
      }
      world_.Note("make " + name_);
      return std::unique_ptr<Component>(new PartOfALane(world_, name_, lane));
    };
    return recipe;
  }
};

class NoProcesses final : public Launcher {
 public:
  Result<Service> Launch(ServiceSpec) override { return Error(ErrorKind::kSystem, "nothing is launched here"); }
  const std::string& run_directory() const override { return directory_; }
  Result<std::string> MakeDirectory(std::string_view, std::string_view) override { return directory_; }

 private:
  std::string directory_;
};

class LanePoolTest : public testing::Test {
 protected:
  void SetUp() override { home_ = Start({"issuer", "vault"}, "home"); }

  std::unique_ptr<Environment> Start(const std::vector<std::string>& names, const std::string& kind) {
    for (const bool able : {true, false}) {
      Recipe recipe;
      recipe.name = able ? "home" : "plain";
      recipe.facts = [](const Json&, const Endpoint&) -> Result<Facts> { return Facts(); };
      recipe.start = [this, able](const StartContext& context) -> Result<std::unique_ptr<Component>> {
        if (able) return std::unique_ptr<Component>(new HomeOfLanes(world_, context.name, ""));
        return std::unique_ptr<Component>(new PartOfALane(world_, context.name, ""));
      };
      catalogue_.Add(std::move(recipe));
    }
    std::vector<ComponentSpec> specs;
    for (const std::string& name : names) specs.push_back({.name = name, .recipe = kind});
    return Environment::Start(specs, catalogue_, launcher_, SigningKey::Generate(Algorithm::kEs256), {}).value();
  }

  LanePoolOptions Telling() {
    return {.most_ahead = 2, .home_ends_next = false, .born = [this](const Secret&, std::string_view what) {
              const std::lock_guard lock(world_.mutex);
              told_.push_back(std::string(what));
            }};
  }
  std::vector<std::string> Told() {
    const std::lock_guard lock(world_.mutex);
    return told_;
  }

  LaneWorld world_;
  std::vector<std::string> told_;
  std::atomic<bool> asked_ = false;
  Catalogue catalogue_;
  NoProcesses launcher_;
  std::unique_ptr<Environment> home_;
};

TEST_F(LanePoolTest, MakesALaneOfEveryComponentsPartWhenNoneIsReady) {
  LanePool lanes(*home_, launcher_, {});
  const Result<Lane> lane = lanes.Take();
  ASSERT_THAT(lane, IsOk());
  EXPECT_FALSE(lane->was_ready());
  EXPECT_THAT(lane->name(), StartsWith("lane-"));
  ASSERT_EQ(lane->environment().components().size(), 2U);
  EXPECT_EQ(lane->environment().facts().at("vault").at("place").value, "vault/" + lane->name());
  EXPECT_THAT(lane->environment().Check(), IsOk());
}

TEST_F(LanePoolTest, HandsOutWhatWasMadeAheadAndNeverTheSameTwice) {
  LanePool lanes(*home_, launcher_, {});
  lanes.Expect(3);
  lanes.Settle();
  EXPECT_EQ(world_.Lines().size(), 4U);  // no more than two lanes of two parts are kept ready
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    const Result<Lane> lane = lanes.Take();
    ASSERT_THAT(lane, IsOk());
    EXPECT_TRUE(lane->was_ready());
    names.insert(lane->name());
    lanes.Settle();
  }
  EXPECT_EQ(names.size(), 3U);
  const Result<Lane> unexpected = lanes.Take();
  ASSERT_THAT(unexpected, IsOk());
  EXPECT_FALSE(unexpected->was_ready());
}

TEST_F(LanePoolTest, RemovesWhatIsGivenBackTheLastComponentFirst) {
  LanePool lanes(*home_, launcher_, {});
  {
    ASSERT_THAT(lanes.Take(), IsOk());
  }
  lanes.Settle();
  std::vector<std::string> removed = world_.Lines();
  std::erase_if(removed, [](const std::string& line) { return line.starts_with("make"); });
  EXPECT_THAT(removed, ElementsAre("remove vault", "remove issuer"));
}

TEST_F(LanePoolTest, LeavesNothingAtItsEnd) {
  {
    LanePool lanes(*home_, launcher_, {});
    lanes.Expect(2);
    lanes.Settle();
    ASSERT_THAT(lanes.Take(), IsOk());
  }
  size_t made = 0;
  size_t removed = 0;
  for (const std::string& line : world_.Lines()) ++(line.starts_with("make") ? made : removed);
  EXPECT_EQ(made, removed);
  EXPECT_GE(made, 4U);
}

TEST_F(LanePoolTest, TellsAHomeThatEndsNextToLeaveThemBeforeTheyEnd) {
  {
    LanePool lanes(*home_, launcher_, {.home_ends_next = true});
    lanes.Expect(1);
    lanes.Settle();
    EXPECT_EQ(world_.Lines().size(), 2U);
  }
  const std::vector<std::string> lines = world_.Lines();
  EXPECT_THAT(std::vector<std::string>(lines.begin() + 2, lines.end()),
              ElementsAre("leave issuer", "leave vault", "remove vault", "remove issuer"));
}

TEST_F(LanePoolTest, WaitsForTheOneThatIsBeingMade) {
  world_.Set(true);
  LanePool lanes(*home_, launcher_, {});
  lanes.Expect(1);
  ASSERT_THAT(Eventually(Deadline::In(30s), [&]() -> Result<bool> { return world_.begun.load() == 2; }), IsOk());
  std::future<bool> taken = std::async(std::launch::async, [&]() -> bool {
    asked_ = true;
    const Result<Lane> lane = lanes.Take();
    return lane.ok() && lane->was_ready();
  });
  ASSERT_THAT(Eventually(Deadline::In(30s), [&]() -> Result<bool> { return asked_.load(); }), IsOk());
  world_.Set(false);
  EXPECT_TRUE(taken.get());
  EXPECT_EQ(world_.begun.load(), 2);
}

TEST_F(LanePoolTest, TellsSecretsOnceSomebodyHasTheLane) {
  LanePool lanes(*home_, launcher_, Telling());
  lanes.Expect(1);
  lanes.Settle();
  EXPECT_THAT(Told(), IsEmpty());
  const Result<Lane> lane = lanes.Take();
  ASSERT_THAT(lane, IsOk());
  std::vector<std::string> told = Told();
  std::sort(told.begin(), told.end());
  EXPECT_THAT(told, ElementsAre("issuer.signing-key", "issuer.token", "vault.token"));
}

TEST_F(LanePoolTest, HandsOutNoneThatDoesNotAnswer) {
  LanePool lanes(*home_, launcher_, {});
  lanes.Expect(2);
  lanes.Settle();
  {
    const std::lock_guard lock(world_.mutex);
    world_.ill = {"vault"};
  }
  const Result<Lane> lane = lanes.Take();
  ASSERT_THAT(lane, IsOk());
  EXPECT_TRUE(lane->was_ready());
  lanes.Settle();
  const std::vector<std::string> lines = world_.Lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "remove vault"), 1);
}

TEST_F(LanePoolTest, OneThatCouldNotBeMadeAheadIsToldToNobodyAndMadeWhenItIsWanted) {
  world_.failure = "no room";
  LanePool lanes(*home_, launcher_, {});
  lanes.Expect(1);
  lanes.Settle();
  const Result<Lane> lane = lanes.Take();
  ASSERT_THAT(lane, IsOk());
  EXPECT_FALSE(lane->was_ready());
  world_.failure = "no room";
  EXPECT_THAT(lanes.Take(),
              FailsWith(ErrorKind::kUnavailable, AllOf(StartsWith("make a lane: "), HasSubstr("no room"))));
}

TEST_F(LanePoolTest, SaysWhatALaneWillTellAndBecauseOfWhomThereIsNone) {
  LanePool lanes(*home_, launcher_, {});
  const auto promised = lanes.Promised();
  ASSERT_THAT(promised, IsOk());
  EXPECT_EQ(promised->at("issuer").at("place").value, "issuer/lane-any");
  world_.refusal = "vault holds no lanes: it is weak on purpose";
  EXPECT_THAT(lanes.Promised(), FailsWith(ErrorKind::kRefused, world_.refusal));
  EXPECT_THAT(lanes.Take(), FailsWith(ErrorKind::kRefused, "make a lane: " + world_.refusal));
  const auto plain = Start({"mail"}, "plain");
  LanePool none(*plain, launcher_, {});
  EXPECT_THAT(none.Promised(), FailsWith(ErrorKind::kRefused, "mail holds no lanes"));
}

}  // namespace
}  // namespace iff
