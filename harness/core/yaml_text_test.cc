#include "harness/core/yaml_text.h"

#include <gtest/gtest.h>

#include <random>

#include "harness/core/hostile_texts.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

Json Back(const Json& value) {
  const Result<YamlFile> read = YamlFile::Parse("text", YamlText(value));
  if (!read.ok()) return "not read: " + read.error().message() + "\n" + YamlText(value);
  return read->value();
}

TEST(YamlText, WritesWhatAPersonWouldWrite) {
  const Json value = {{"steps",
                       {{{"obtain", "token"}, {"for", "alice"}},
                        {{"call", "read_own"}, {"expect", {{{"check", "a b"}, {"says", "{{x}}"}}}}}}},
                      {"id", "suite/story"}};
  EXPECT_EQ(YamlText(value, {"id", "obtain", "call"}),
            "id: suite/story\n"
            "steps:\n"
            "  - {obtain: token, for: alice}\n"
            "  - call: read_own\n"
            "    expect:\n"
            "      - {check: a b, says: \"{{x}}\"}\n");
}

TEST(YamlText, QuotesWhatCouldBeTakenForSomethingElse) {
  for (const char* text : {"",           " ",        "true",      "No",   "~",    "null", "12",   "-3", "1e5", "nan",
                           "Inf",        "a: b",     "# c",       "- d",  "{e}",  "[f]",  "g, h", "i ", " j",  "k\nl",
                           "\"m\"",      "'n'",      "*o",        "&p",   "!q",   "%r",   "@s",   "|",  ">",   "?",
                           "2026-11-21", "\xc3\xa9", "tab\there", "\x01", "a #b", "key:", "\\"}) {
    EXPECT_EQ(Back(Json{{"value", text}}), (Json{{"value", text}})) << YamlText(text);
    EXPECT_EQ(Back(Json::array({text, Json::array({text})})), Json::array({text, Json::array({text})}));
    EXPECT_EQ(Back(Json{{std::string("k") + text, 1}}), (Json{{std::string("k") + text, 1}}));
  }
}

TEST(YamlText, ReadsBackWhateverIsInItAndIsOneLineForEveryReader) {
  for (const std::string& evil : HostileTexts()) {
    const std::string read = Replaced(evil);
    EXPECT_EQ(Back(Json{{evil, {{evil, evil}, {"b", {{evil, {Json{{evil, evil}}}}}}}}}),
              (Json{{read, {{read, read}, {"b", {{read, {Json{{read, read}}}}}}}}}))
        << YamlText(Json{{evil, evil}});
    for (const char* end : {"\n", "\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\x7f"}) {
      EXPECT_EQ(YamlScalar(evil).find(end), std::string::npos);
      EXPECT_EQ(YamlFlow(Json{{evil, evil}}).find(end), std::string::npos);
    }
  }
}

Json RandomValue(std::mt19937_64& random, int depth) {
  const auto below = [&](size_t limit) { return static_cast<size_t>(random() % limit); };
  switch (below(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 0;
    case 2:
      return static_cast<int64_t>(below(2'000'000)) - 1'000'000;
    case 3:
    case 4:
    case 5: {
      constexpr std::string_view kLetters = "abcXYZ019 :-_{}[],#&*!|>'\"%@`\\/\n\t.~=?";
      std::string text;
      for (size_t size = below(12); size > 0; --size) text += kLetters[below(kLetters.size())];
      return text;
    }
    case 6: {
      Json list = Json::array();
      for (size_t size = below(4); size > 0; --size) list.push_back(RandomValue(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (size_t size = below(4); size > 0; --size) {
        object["k" + std::to_string(below(100))] = RandomValue(random, depth - 1);
      }
      return object;
    }
  }
}

TEST(YamlText, IsReadBackToTheSameValue) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const Json value = {{"value", RandomValue(random, 4)}};
    ASSERT_EQ(Back(value), value) << YamlText(value);
  }
}

}  // namespace
}  // namespace iff
