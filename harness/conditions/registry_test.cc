// What the conditions say of themselves, against what is published about them.
#include "harness/conditions/registry.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <variant>

#include "harness/core/result_matchers.h"
#include "harness/run/judge_testing.h"

namespace iff {
namespace {

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

// ---- what is published about them is written from what they declare: UPDATE_GOLDEN=1
// build/release/bin/conditions_test

constexpr const char* kSchema = "scenarios/scenario.schema.json";
constexpr const char* kDocument = "docs/scenario-format.md";

// `text` with what lies between the first `begin` behind `after` and the next `end` replaced; "" where there is no such
// place.
std::string Spliced(const std::string& text, const std::string& after, const std::string& begin, const std::string& end,
                    const std::string& inner) {
  size_t from = text.find(after);
  if (from != std::string::npos) from = text.find(begin, from);
  if (from == std::string::npos) return "";
  from += begin.size();
  const size_t to = text.find(end, from);
  return to == std::string::npos ? "" : text.substr(0, from) + inner + text.substr(to);
}

// Beside them a check has nothing but what every check has.
std::string SchemaAsDeclared(const std::string& published) {
  std::string properties;
  std::string one_of;
  for (const ConditionWord* word : ConditionWords()) {
    std::string schema;
    for (const char c : word->schema) schema += c == '\n' ? "\n        " : std::string(1, c);
    properties += ",\n        \"" + std::string(word->word) + "\": " + schema;
    one_of +=
        (one_of.empty() ? "" : ",") + std::string("\n        {\"required\": [\"") + std::string(word->word) + "\"]}";
  }
  const std::string with = Spliced(published, "    \"expectation\": {", "Default: false.\", \"type\": \"boolean\"}",
                                   "\n      },\n      \"oneOf\"", properties);
  return Spliced(with, "    \"expectation\": {", "\n      },\n      \"oneOf\": [", "\n      ]\n    },", one_of);
}

std::string DocumentAsDeclared(const std::string& published) {
  std::vector<std::string> rows;
  for (const ConditionWord* word : ConditionWords()) {
    for (const std::string& row : DocumentationOf(*word)) {
      if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
    }
  }
  std::string table;
  for (const std::string& row : rows) table += (table.empty() ? "" : "\n") + row;
  return Spliced(published, "| condition | holds when |", "|---|---|\n", "\n\n", table);
}

void ExpectPublished(const char* path, const std::string& declared) {
  ASSERT_NE(declared, "") << path << " has no place for the conditions any more";
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && *update != '\0') {
    std::ofstream(path, std::ios::binary) << declared;
  }
  EXPECT_TRUE(Whole(path) == declared) << path << " says other things than the conditions declare; to write it: "
                                       << "UPDATE_GOLDEN=1 build/release/bin/conditions_test";
}

TEST(ConditionWords, HaveTheSchemaThatIsPublished) {
  for (const ConditionWord* word : ConditionWords())
    EXPECT_THAT(ParseJson(std::string(word->schema)), IsOk()) << word->word;
  ExpectPublished(kSchema, SchemaAsDeclared(Whole(kSchema)));
  EXPECT_THAT(ParseJson(Whole(kSchema)), IsOk());
}

TEST(ConditionWords, HaveTheRowsThatAreDocumented) {
  for (const ConditionWord* word : ConditionWords()) EXPECT_FALSE(word->rows.empty()) << word->word;
  ExpectPublished(kDocument, DocumentAsDeclared(Whole(kDocument)));
}

TEST(ConditionWords, SayWhatTheyMeanAndWhatToDo) {
  for (const ConditionWord* word : ConditionWords()) {
    EXPECT_THAT(std::string(word->means), testing::EndsWith(".")) << word->word << ": Word().means";
    EXPECT_THAT(std::string(word->fix), testing::EndsWith(".")) << word->word << ": Word().fix";
  }
}

// What stands in a file under a word becomes that condition and no other, and every value there is has an example.
TEST(ReadCondition, ReadsEveryExampleAsItsOwn) {
  std::set<size_t> values;
  for (const ConditionWord* word : ConditionWords()) {
    EXPECT_FALSE(word->examples.empty()) << word->word << ": Word().examples";
    for (const Condition& condition : ExamplesOf(*word)) {
      EXPECT_EQ(&WordOf(condition), word) << word->word;
      values.insert(condition.index());
    }
  }
  EXPECT_EQ(values.size(), std::variant_size_v<Condition>) << "a value that shares a word has no example in Word()";
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
