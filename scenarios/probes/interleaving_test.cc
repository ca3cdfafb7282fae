#include "scenarios/probes/interleaving.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<std::string> kPeople = {"carol1", "carol2", "carol3"};

TEST(DrawInterleaving, IsTheSameForTheSameSeed) {
  EXPECT_EQ(DrawInterleaving(7, 3, 12), DrawInterleaving(7, 3, 12));
  EXPECT_NE(DrawInterleaving(7, 3, 12), DrawInterleaving(8, 3, 12));
  EXPECT_THAT(Written(DrawInterleaving(1, 3, 3), kPeople),
              ElementsAre("carol3 stale &", "carol1 revoked", "carol3 relogin"))
      << "another generator would make every recorded seed worthless";
}

TEST(DrawInterleaving, DrawsEveryActAndEverybody) {
  std::set<Act> acts;
  std::set<int> people;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Interleaving drawn = DrawInterleaving(seed, 3, 10);
    EXPECT_FALSE(drawn.back().meanwhile);
    for (const Move& move : drawn) {
      acts.insert(move.act);
      people.insert(move.who);
    }
  }
  EXPECT_EQ(acts, AllActs());
  EXPECT_THAT(people, SizeIs(3));
}

TEST(DrawInterleaving, ReadsInPlaceOfWhatIsNotPossible) {
  const std::set<Act> possible = {Act::kReadOwn, Act::kList};
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Interleaving all = DrawInterleaving(seed, 3, 10);
    const Interleaving some = DrawInterleaving(seed, 3, 10, possible);
    ASSERT_EQ(all.size(), some.size());
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(some[i].who, all[i].who);
      EXPECT_EQ(some[i].act, all[i].act == Act::kList ? Act::kList : Act::kReadOwn);
    }
  }
}

// Fails where two different people read at the same time.
bool Crossed(const Interleaving& moves) {
  for (size_t i = 0; i + 1 < moves.size(); ++i) {
    if (moves[i].meanwhile && moves[i].who != moves[i + 1].who) return true;
  }
  return false;
}

TEST(Shrink, LeavesNothingThatIsNotNeeded) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Interleaving drawn = DrawInterleaving(seed, 3, 12);
    if (!Crossed(drawn)) continue;
    const Interleaving shrunk = Shrink(drawn, Crossed, 200);
    EXPECT_THAT(shrunk, SizeIs(2)) << seed;
    EXPECT_TRUE(Crossed(shrunk));
    EXPECT_EQ(shrunk[0].act, Act::kReadOwn);
    EXPECT_EQ(shrunk[1].act, Act::kReadOwn);
  }
}

TEST(Shrink, AsksNoMoreThanItMay) {
  int asked = 0;
  const Interleaving drawn = DrawInterleaving(3, 3, 40);
  const Interleaving shrunk = Shrink(drawn, [&](const Interleaving&) { return ++asked % 2 == 0; }, 9);
  EXPECT_EQ(asked, 9);
  EXPECT_LT(shrunk.size(), drawn.size());
}

TEST(ReadInterleaving, ReadsWhatWasWritten) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Interleaving drawn = DrawInterleaving(seed, 3, 12);
    const Result<Interleaving> read = ReadInterleaving(Written(drawn, kPeople), kPeople);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, drawn);
  }
}

TEST(ReadInterleaving, NamesTheLineItCannotRead) {
  EXPECT_THAT(ReadInterleaving({"carol9 read_own"}, kPeople), FailsWith(ErrorKind::kInvalidInput, HasSubstr("carol9")));
  EXPECT_THAT(ReadInterleaving({"carol1 dances"}, kPeople),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("carol1 dances")));
  EXPECT_THAT(ReadInterleaving({"carol1 list and"}, kPeople),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("carol1 list and")));
}

TEST(ScenarioText, NamesPeopleAsAScenarioDoes) {
  EXPECT_EQ(PrincipalsText({"carol1", "carol2", "carol3"}), "[{name: carol, count: 3}]");
  EXPECT_EQ(PrincipalsText({"alice", "carol1", "carol2", "bob"}), "[alice, {name: carol, count: 2}, bob]");
  const std::string text = ScenarioText(41, "jira", {"carol1", "carol2"}, {"carol1 relogin &", "carol2 read_own"});
  EXPECT_THAT(text, HasSubstr("id: noninterference/found-41\n"));
  EXPECT_THAT(text, HasSubstr("target: jira\n"));
  EXPECT_THAT(text, HasSubstr("        - \"carol1 relogin &\"\n        - \"carol2 read_own\"\n"));
}

}  // namespace
}  // namespace iff
