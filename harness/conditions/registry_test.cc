// What the conditions say of themselves, against what is published about them.
#include "harness/conditions/registry.h"

#include <fstream>
#include <map>
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

TEST(ConditionWords, AreEachDeclaredOnce) {
  std::set<std::string_view> words;
  for (const ConditionWord* word : ConditionWords()) EXPECT_TRUE(words.insert(word->word).second) << word->word;
}

// Beside them a check has nothing but what every check has.
TEST(ConditionWords, HaveTheSchemaThatIsPublished) {
  const Result<Json> published = ParseJson(Whole("scenarios/scenario.schema.json"));
  ASSERT_THAT(published, IsOk());
  std::vector<std::string> members = {"check", "level", "clause", "strict"};
  std::vector<std::string> required;
  for (const ConditionWord* word : ConditionWords()) {
    const std::string name(word->word);
    members.push_back(name);
    required.push_back(name);
    const Json* found = Find(*published, "/$defs/expectation/properties/" + name);
    ASSERT_NE(found, nullptr) << name << " is missing: " << SchemaOf(*word).dump(2);
    EXPECT_EQ(*found, SchemaOf(*word)) << "under $defs/expectation/properties/" << name
                                       << " belongs: " << SchemaOf(*word).dump(2);
  }
  std::vector<std::string> listed;
  for (const auto& [name, unused] : Find(*published, "/$defs/expectation/properties")->items()) listed.push_back(name);
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(members));
  listed.clear();
  for (const Json& each : *Find(*published, "/$defs/expectation/oneOf"))
    listed.push_back(AtOr<std::string>(each, "/required/0", ""));
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(required));
}

TEST(ConditionWords, HaveTheRowsThatAreDocumented) {
  const std::string document = Whole("docs/scenario-format.md");
  for (const ConditionWord* word : ConditionWords()) {
    const std::vector<std::string> rows = DocumentationOf(*word);
    EXPECT_FALSE(rows.empty()) << word->word;
    for (const std::string& row : rows) EXPECT_THAT(document, HasSubstr("\n" + row + "\n"));
  }
}

// What stands in a file under a word becomes that condition and no other.
TEST(ReadCondition, ReadsEveryWordAsItsOwn) {
  const std::map<std::string_view, std::string> values = {{"tool", "succeeds"},
                                                          {"status", "200"},
                                                          {"challenge", "none"},
                                                          {"refused", "token"},
                                                          {"rpc_error", "-32601"},
                                                          {"discloses", "alice"},
                                                          {"withholds", "others"},
                                                          {"upstream", "{component: jira, calls: 1}"},
                                                          {"audit", "{component: vault, times: 1}"},
                                                          {"no_secret_in", "answer"},
                                                          {"within", "1s"},
                                                          {"header", "{name: Retry-After}"},
                                                          {"says", "x"},
                                                          {"silent_about", "x"},
                                                          {"lists", "{shown: whoami}"},
                                                          {"grows", "{component: vault, what: leases}"},
                                                          {"probe", "found"},
                                                          {"tally", "{what: succeeded, exactly: 1}"},
                                                          {"names", "alice"},
                                                          {"names_not", "alice"}};
  const Vocabulary vocabulary = {.components = {{"jira", Protocol::kHttp}, {"vault", Protocol::kHttp}}};
  for (const ConditionWord* word : ConditionWords()) {
    ASSERT_TRUE(values.contains(word->word)) << "how is '" << word->word << "' written?";
    const Result<YamlFile> file =
        YamlFile::Parse("check.yaml", std::string(word->word) + ": " + values.at(word->word) + "\n");
    ASSERT_THAT(file, IsOk());
    StepReader in(*file, vocabulary);
    in.personas = {"alice"};
    const Condition condition = ReadCondition(word->word, in, "/" + std::string(word->word));
    EXPECT_EQ(&WordOf(condition), word) << word->word;
    EXPECT_EQ(in.mistakes(), "") << word->word;
  }
  EXPECT_EQ(values.size(), ConditionWords().size());
}

TEST(ReadCondition, ReadsWhichOfTheValuesThatShareAWord) {
  const auto read = [](const std::string& word, const std::string& value) {
    const YamlFile file = YamlFile::Parse("check.yaml", word + ": " + value + "\n").value();
    const Vocabulary vocabulary;
    StepReader in(file, vocabulary);
    return ReadCondition(word, in, "/" + word);
  };
  EXPECT_TRUE(std::holds_alternative<ToolFails>(read("tool", "fails")));
  EXPECT_EQ(std::get<ToolFails>(read("tool", "{fails: [gone, not_found]}")).codes,
            (std::vector<std::string>{"gone", "not_found"}));
  EXPECT_TRUE(std::holds_alternative<RefusesProof>(read("refused", "proof")));
  EXPECT_TRUE(std::holds_alternative<RefusesRequest>(read("refused", "request")));
}

TEST(NeedsOf, SaysWhatHasToBeLookedAt) {
  EXPECT_TRUE(NeedsOf(HttpStatusIs{{401, 403}}).refusal);
  EXPECT_FALSE(NeedsOf(HttpStatusIs{{200, 401}}).refusal);
  EXPECT_FALSE(NeedsOf(HttpStatusIs{}).refusal);
  EXPECT_TRUE(NeedsOf(RefusesToken{}).refusal);
  EXPECT_TRUE(NeedsOf(RefusesProof{}).refusal);
  EXPECT_TRUE(NeedsOf(RefusesRequest{}).refusal);
  EXPECT_TRUE(NeedsOf(Challenges{}).refusal);
  EXPECT_FALSE(NeedsOf(ToolSucceeds{}).refusal);
  EXPECT_TRUE(NeedsOf(CountGrows{}).counts);
  EXPECT_FALSE(NeedsOf(Tally{}).counts);
  EXPECT_THAT(NeedsOf(NoSecretIn{{"log", "far_side"}}).searches, testing::ElementsAre("log", "far_side"));
  EXPECT_EQ(NeedsOf(ProbeFinds{"disturbed"}).finding, "disturbed");
}

}  // namespace
}  // namespace iff
