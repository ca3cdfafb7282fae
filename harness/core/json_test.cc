#include "harness/core/json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

TEST(ParseJson, ReadsEveryKindOfValue) {
  const auto value = ParseJson(R"({"a":[1,-2,2.5,true,null,"x"],"b":{"c":{}}})");
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(Dump(*value), R"({"a":[1,-2,2.5,true,null,"x"],"b":{"c":{}}})");
  EXPECT_THAT(ParseJson(" 7 "), IsOkAndHolds(Json(7)));
}

TEST(ParseJson, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "syntax error at byte"},
      {"{} x", "syntax error at byte"},
      {"{\"a\":1,}", "syntax error"},
      {"[1,]", "syntax error"},
      {"{'a':1}", "syntax error"},
      {"NaN", "syntax error"},
      {"01", "syntax error"},
      {"\"\xff\"", "syntax error"},
      {"\"\xed\xa0\x80\"", "syntax error"},
      {"/* c */ 1", "syntax error"},
      {R"({"a":1,"a":1})", "duplicate member \"a\""},
      {R"([{"x":{"b":1,"\u0062":2}}])", "duplicate member \"b\""},
      {"[1e999]", "syntax error"},
  };
  for (const auto& [text, why] : cases) {
    EXPECT_THAT(ParseJson(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr(why))) << text;
  }
}

TEST(ParseJson, LimitsTheDepth) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_THAT(ParseJson(nested(64)), IsOk());
  EXPECT_THAT(ParseJson(nested(65)), FailsWith(ErrorKind::kInvalidInput, HasSubstr("nested deeper than 64")));
  EXPECT_THAT(ParseJson(nested(1'000'000)), FailsWith(ErrorKind::kInvalidInput, HasSubstr("nested deeper")));
  EXPECT_THAT(ParseJson("[[1]]", {.max_depth = 1}), FailsWith(ErrorKind::kInvalidInput, HasSubstr("deeper than 1")));
}

// Two readers are behind it, a fast one and one that finds words: nobody may tell which of them answered.
TEST(ParseJson, ReadsAsTheLibraryDoes) {
  const std::string big(70'000, 'y');
  const std::vector<std::string> texts = {"0",
                                          "-0",
                                          "[0,-0]",
                                          "-1",
                                          "18446744073709551615",
                                          "18446744073709551616",
                                          "9223372036854775808",
                                          "-9223372036854775808",
                                          "-9223372036854775809",
                                          "1.0",
                                          "-0.0",
                                          "1e3",
                                          "1E-7",
                                          "0.1",
                                          "123456789.123456789e-5",
                                          "true",
                                          "null",
                                          "\"\"",
                                          R"("a\nb\t\"\\/\/")",
                                          R"("\u0041\ud83d\ude00")",
                                          "\"\xC3\xA9\"",
                                          "{}",
                                          "[]",
                                          "[[],{}]",
                                          R"({"b":1,"a":{"c":[1,2,{"d":null}]},"":""})",
                                          "  [1 , 2 ]\n",
                                          "\"" + big + "\"",
                                          "[" + std::string(1000, ' ') + "7]"};
  for (const std::string& text : texts) {
    const Result<Json> read = ParseJson(text);
    ASSERT_THAT(read, IsOk()) << text.substr(0, 80);
    const Json expected = Json::parse(text);
    EXPECT_EQ(*read, expected) << text.substr(0, 80);
    EXPECT_EQ(read->type(), expected.type()) << text.substr(0, 80);
    EXPECT_EQ(Dump(*read), Dump(expected));
  }
  for (const char* const text :
       {R"("\udc00")", R"("\ud800")", R"("\ud800\u0041")", "\"\t\"", "[1 2]", "{\"a\" 1}", "tru"}) {
    EXPECT_THAT(ParseJson(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr("syntax error"))) << text;
  }
}

TEST(ParseJson, TakesTheLastDuplicateWhenAllowed) {
  EXPECT_THAT(ParseJson(R"({"a":{"x":1},"a":[2]})", {.refuse_duplicates = false}), IsOkAndHolds(Json{{"a", {2}}}));
}

TEST(Dump, WritesWhatTheLibraryWrites) {
  const Json values = {{"plain", "text"},
                       {"quote \" and \\", "a\"b\\c\n\t\x01\x7f"},
                       {"foreign", "\xc3\xa4\xe2\x82\xac"},
                       {"numbers", {0, -1, INT64_MIN, UINT64_MAX, 0.1, -0.0, 1e300, std::nan("")}},
                       {"rest", {nullptr, true, false, Json::array(), Json::object(), {{"", {1}}}}},
                       {"bytes", Json::binary({1, 2})}};
  for (const Json& value : values) {
    EXPECT_EQ(Dump(value), value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  EXPECT_EQ(Dump(values), values.dump(-1, ' ', false, Json::error_handler_t::replace));
}

TEST(Dump, ReplacesWhatIsNotUnicode) { EXPECT_EQ(Dump(Json("a\xff")), "\"a\xEF\xBF\xBD\""); }

TEST(Find, FollowsPointers) {
  const Json root = ParseJson(R"({"a":[{"b":1},2],"x/y":{"m~n":3},"":4})").value();
  EXPECT_EQ(*Find(root, "/a/0/b"), 1);
  EXPECT_EQ(*Find(root, "/a/1"), 2);
  EXPECT_EQ(*Find(root, "/x~1y/m~0n"), 3);
  EXPECT_EQ(*Find(root, "/"), 4);
  EXPECT_EQ(Find(root, ""), &root);
  for (const char* const nothing : {"a", "/a/2", "/a/-", "/a/0/b/c", "/a/x", "/z", "/a/01", "/a/9999999999"}) {
    EXPECT_EQ(Find(root, nothing), nullptr) << nothing;
  }
}

TEST(ParseJson, RefusesWhatTheLibrarySkips) {
  EXPECT_THAT(ParseJson("\xef\xbb\xbf{}"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("byte order mark")));
  EXPECT_THAT(ParseJson(std::string("{}\0junk", 7)), FailsWith(ErrorKind::kInvalidInput, HasSubstr("NUL at byte 3")));
}

TEST(At, NamesThePointerAndWhatItSaw) {
  const Json root = {{"n", 5}, {"m", -5}, {"s", "x"}, {"b", true}, {"d", 0.5}, {"u", UINT64_MAX}};
  EXPECT_THAT(At<int64_t>(root, "/m"), IsOkAndHolds(-5));
  EXPECT_THAT(At<uint64_t>(root, "/u"), IsOkAndHolds(UINT64_MAX));
  EXPECT_THAT(At<double>(root, "/n"), IsOkAndHolds(5.0));
  EXPECT_THAT(At<bool>(root, "/b"), IsOkAndHolds(true));
  EXPECT_THAT(At<std::string>(root, "/n"), FailsWith(ErrorKind::kInvalidInput, "/n: want string, have number"));
  EXPECT_THAT(At<Json>(root, "/none"), FailsWith(ErrorKind::kInvalidInput, "/none: want a value, have nothing"));
  EXPECT_THAT(At<int64_t>(root, "/u"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("64-bit signed")));
  EXPECT_THAT(At<int64_t>(root, "/d"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("want integer")));
  EXPECT_EQ(AtOr<std::string>(root, "/n", "fallback"), "fallback");
  EXPECT_EQ(AtOr<std::string>(root, "/s", "fallback"), "x");
}

TEST(Unquoted, IsATextAsItIsAndAnythingElseAsJson) {
  EXPECT_EQ(Unquoted(Json("a \"b\"")), "a \"b\"");
  EXPECT_EQ(Unquoted(Json(7)), "7");
  EXPECT_EQ(Unquoted(Json{{"a", "b"}}), R"({"a":"b"})");
}

}  // namespace
}  // namespace iff
