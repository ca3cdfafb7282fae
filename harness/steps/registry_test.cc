// What the step words say of themselves, against what is published about them.
#include "harness/steps/registry.h"

#include <fstream>
#include <set>
#include <sstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::HasSubstr;

std::string Whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(StepWords, AreEachDeclaredOnce) {
  std::set<std::string_view> words;
  for (const StepWord* word : StepWords()) {
    EXPECT_TRUE(words.insert(word->word).second) << word->word;
    EXPECT_FALSE(IsCompanion(std::string(word->word))) << word->word;
    EXPECT_THAT(MembersOf(*word), testing::IsSupersetOf({std::string(word->word), std::string("expect")}));
  }
}

TEST(StepWords, HaveTheSchemaThatIsPublished) {
  const Result<Json> published = ParseJson(Whole("scenarios/scenario.schema.json"));
  ASSERT_THAT(published, IsOk());
  std::vector<std::string> wanted;
  for (const StepWord* word : StepWords()) {
    const std::string name = "step_" + std::string(word->word);
    wanted.push_back("#/$defs/" + name);
    const Json* found = Find(*published, "/$defs/" + name);
    ASSERT_NE(found, nullptr) << name << " is missing: " << SchemaOf(*word).dump(2);
    EXPECT_EQ(*found, SchemaOf(*word)) << "under $defs/" << name << " belongs: " << SchemaOf(*word).dump(2);
  }
  std::vector<std::string> listed;
  for (const Json& each : *Find(*published, "/properties/steps/items/oneOf"))
    listed.push_back(AtOr<std::string>(each, "/$ref", ""));
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(wanted));
}

TEST(StepWords, HaveTheRowThatIsDocumented) {
  const std::string document = Whole("docs/scenario-format.md");
  for (const StepWord* word : StepWords()) EXPECT_THAT(document, HasSubstr("\n" + DocumentationOf(*word) + "\n"));
}

TEST(EffectsOf, SaysWhatAStepShowsMakesAndLeavesBehind) {
  EXPECT_EQ(EffectsOf(CallStep{.sending = {.with = "alice", .times = 3}}).presents, "alice");
  EXPECT_EQ(EffectsOf(CallStep{.sending = {.with = "alice", .times = 3}}).requests, 3);
  EXPECT_TRUE(EffectsOf(ReadStep{.sending = {.eventually = std::chrono::seconds(1)}}).idles);
  EXPECT_EQ(EffectsOf(MintStep{.name = "forged", .forge = "alg-none"}).makes, "forged");
  EXPECT_EQ(EffectsOf(MintStep{.name = "forged", .forge = "alg-none"}).attack, "alg-none");
  EXPECT_EQ(EffectsOf(FaultStep{.component = "store", .as = "hold"}).gate, "store");
  EXPECT_EQ(EffectsOf(FaultStep{.component = "store", .as = "sealed"}).gate, "");
  EXPECT_TRUE(EffectsOf(HealStep{.component = "store"}).disturbs);
  EXPECT_NE(EffectsOf(RotateStep{}).changes, "");
  EXPECT_EQ(EffectsOf(RevokeStep{.what = "grants", .principal = "alice"}).about, "alice");
  EXPECT_EQ(EffectsOf(ProbeStep{.name = "growth", .arguments = {{"disturbs", "store"}}}).gate, "store");
}

}  // namespace
}  // namespace iff
