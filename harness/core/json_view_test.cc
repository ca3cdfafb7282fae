#include "harness/core/json_view.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json CopyOf(JsonView view) {
  Json copy;
  view.CopyTo(copy);
  return copy;
}

// The escape sends the second of them down the path that builds a value first.
class JsonViewTest : public ::testing::TestWithParam<const char*> {
 protected:
  Result<JsonDocument> Read(std::string_view value) const {
    return JsonDocument::Read(R"({"first":)" + std::string(GetParam()) + R"(,"value":)" + std::string(value) + "}");
  }
};

TEST_P(JsonViewTest, TellsTextsAndWholeNumbersFromEverythingElse) {
  struct Case {
    const char* text;
    std::optional<std::string_view> as_text;
    std::optional<int64_t> as_integer;
  };
  const std::vector<Case> cases = {{R"("a\nb")", "a\nb", {}},
                                   {R"("")", "", {}},
                                   {"0", {}, 0},
                                   {"-7", {}, -7},
                                   {"9223372036854775807", {}, INT64_MAX},
                                   {"9223372036854775808", {}, {}},
                                   {"-9223372036854775808", {}, INT64_MIN},
                                   {"1.0", {}, {}},
                                   {"1e3", {}, {}},
                                   {"true", {}, {}},
                                   {"null", {}, {}},
                                   {"[1]", {}, {}},
                                   {R"({"a":1})", {}, {}}};
  for (const Case& one : cases) {
    const Result<JsonDocument> document = Read(one.text);
    ASSERT_THAT(document, IsOk()) << one.text;
    const std::optional<JsonView> value = document->root().Find("value");
    ASSERT_TRUE(value) << one.text;
    EXPECT_EQ(value->Text(), one.as_text) << one.text;
    EXPECT_EQ(value->Integer(), one.as_integer) << one.text;
  }
}

TEST_P(JsonViewTest, FindsMembersOfObjectsAlone) {
  const Result<JsonDocument> document = Read(R"({"a":{"b":["c",{"d":1}]},"e":2})");
  ASSERT_THAT(document, IsOk());
  const JsonView value = *document->root().Find("value");
  EXPECT_TRUE(value.IsObject());
  EXPECT_EQ(value.Find("e")->Integer(), 2);
  EXPECT_FALSE(value.Contains("b")) << "that one is deeper";
  EXPECT_FALSE(value.Find("a")->Find("b")->Contains("d")) << "an array has no members";
  EXPECT_FALSE(value.Find("e")->Contains("e"));
  std::vector<std::string> names;
  for (const JsonView member : value) names.emplace_back(member.name());
  EXPECT_THAT(names, ElementsAre("a", "e"));
  int items = 0;
  const JsonView list = *value.Find("a")->Find("b");
  for (const JsonView item : list) items += item.name().empty() ? 1 : 10;
  EXPECT_EQ(items, 2);
  const JsonView number = *value.Find("e");
  for (const JsonView inside : number) ADD_FAILURE() << inside.name() << ": a number has nothing in it";
}

TEST_P(JsonViewTest, CopiesWhatTheLibraryReads) {
  for (const char* const text :
       {"[[],{},[{}]]", R"({"b":[1,-2,2.5,true,null,"x"],"a":{"c":{"d":[0]}}})", "-0", "18446744073709551615"}) {
    const Result<JsonDocument> document = Read(text);
    ASSERT_THAT(document, IsOk()) << text;
    const Json copy = CopyOf(*document->root().Find("value"));
    EXPECT_EQ(copy, Json::parse(text)) << text;
    EXPECT_EQ(copy.type(), Json::parse(text).type()) << text;
  }
}

TEST_P(JsonViewTest, RefusesANameThatIsThereTwiceInSmallAndInLargeObjects) {
  for (const int others : {0, 1, 31, 32, 33, 500}) {
    std::string members;
    for (int i = 0; i < others; ++i) members += "\"m" + std::to_string(i) + "\":{\"twin\":[]},";
    EXPECT_THAT(Read("{" + members + R"("twin":1})"), IsOk()) << others;
    EXPECT_THAT(Read(R"({"twin":1,)" + members + R"("twin":2})"),
                FailsWith(ErrorKind::kInvalidInput, HasSubstr("duplicate member \"twin\"")))
        << others;
  }
}

INSTANTIATE_TEST_SUITE_P(BothReaders, JsonViewTest, ::testing::Values("1", R"("\u0061")"));

TEST(JsonDocument, RefusesWhatIsNoStrictJsonInTheSameWords) {
  using std::string_literals::operator""s;
  for (const std::string& text : {""s, "{} x"s, "{\"a\":1,}"s, "\"\xff\""s, "[1e999]"s, "\xef\xbb\xbf{}"s, "{}\0"s,
                                  "\"a\0b\""s, R"("\udc00")"s, std::string(65, '[') + std::string(65, ']')}) {
    const Result<JsonDocument> read = JsonDocument::Read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message(), ParseJson(text).error().message()) << text;
  }
}

TEST(JsonDocument, LeavesOthersAloneThatAreOpen) {
  std::vector<JsonDocument> open;
  for (int i = 0; i < 20; ++i) {
    Result<JsonDocument> document = JsonDocument::Read("[\"text " + std::to_string(i) + "\"]");
    ASSERT_THAT(document, IsOk());
    open.push_back(std::move(document).value());
    // One that is given back at once, so that rooms change hands.
    ASSERT_THAT(JsonDocument::Read(R"(["another"])"), IsOk());
  }
  for (size_t i = 0; i < open.size(); ++i)
    EXPECT_EQ(Dump(CopyOf(open[i].root())), "[\"text " + std::to_string(i) + "\"]");
}

}  // namespace
}  // namespace iff
