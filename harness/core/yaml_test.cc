#include "harness/core/yaml.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

Json ValueOf(std::string_view text) {
  const Result<YamlFile> file = YamlFile::Parse("file.yaml", text);
  EXPECT_THAT(file, IsOk()) << text;
  return file.ok() ? file->value() : Json();
}

std::string MistakeIn(std::string_view text) {
  const Result<YamlFile> file = YamlFile::Parse("file.yaml", text);
  EXPECT_FALSE(file.ok()) << text;
  if (file.ok()) return "";
  EXPECT_EQ(file.error().kind(), ErrorKind::kInvalidInput);
  return file.error().message();
}

TEST(YamlFile, TellsTextsFromNumbersAsVersionTwelveDoes) {
  EXPECT_EQ(ValueOf("[1, -7, 2.5, true, false, null, ~, '']"),
            Json::array({1, -7, 2.5, true, false, nullptr, nullptr, ""}));
  EXPECT_EQ(ValueOf("['1', \"true\", \"null\", yes, no, on, 2025-11-25, 10/2]"),
            Json::array({"1", "true", "null", "yes", "no", "on", "2025-11-25", "10/2"}));
  EXPECT_EQ(ValueOf("[nan, inf, -inf, infinity]"), Json::array({"nan", "inf", "-inf", "infinity"}));
}

TEST(YamlFile, ReadsJson) {
  EXPECT_EQ(ValueOf(R"({"a": [1, {"b": null}], "c/d": "e~f"})"),
            Json({{"a", Json::array({1, {{"b", nullptr}}})}, {"c/d", "e~f"}}));
}

TEST(YamlFile, KnowsThePlaceOfEveryMember) {
  const Result<YamlFile> file = YamlFile::Parse("file.yaml", "one:\n  - {two: 2,\n     a/b: [x, y]}\n");
  ASSERT_THAT(file, IsOk());
  const auto place = [&](std::string_view pointer) {
    const SourceMark mark = file->MarkOf(pointer);
    return std::to_string(mark.line) + ":" + std::to_string(mark.column);
  };
  EXPECT_EQ(place("/one"), "1:1");
  EXPECT_EQ(place("/one/0"), "2:5");
  EXPECT_EQ(place("/one/0/two"), "2:6");
  EXPECT_EQ(place("/one/0/a~1b"), "3:6");
  EXPECT_EQ(place("/one/0/a~1b/1"), "3:15");
}

TEST(YamlFile, PointsAtWhatEnclosesWhatIsNotThere) {
  const Result<YamlFile> file = YamlFile::Parse("file.yaml", "one:\n  two: 2\n");
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->Point("/one/three/four", "'four' is missing"),
            "file.yaml:1:1: 'four' is missing\n"
            "  one:\n"
            "  ^");
}

TEST(YamlFile, PointsAtASecondMemberOfOneName) {
  EXPECT_EQ(MistakeIn("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\n"),
            "file.yaml:2:17: 'c' stands here a second time\n"
            "  b: {c: 1, d: 2, c: 3}\n"
            "                  ^\n"
            "file.yaml:3:1: 'a' stands here a second time\n"
            "  a: 2\n"
            "  ^");
}

TEST(YamlFile, RefusesKeysThatAreNoWords) {
  EXPECT_THAT(MistakeIn("? [1, 2]\n: x\n"), HasSubstr("a key must be a plain word"));
}

TEST(YamlFile, PointsAtASyntaxError) {
  const std::string said = MistakeIn("a: 1\nb: ]\n");
  EXPECT_THAT(said, testing::StartsWith("file.yaml:2:4: "));
  EXPECT_THAT(said, testing::EndsWith("\n  b: ]\n     ^"));
  EXPECT_THAT(MistakeIn("a:\n\t- x\n"), testing::StartsWith("file.yaml:2:2: "));
  EXPECT_THAT(MistakeIn("a: *nobody\n"), testing::StartsWith("file.yaml:1:"));
}

TEST(YamlFile, SaysWhichFileCannotBeRead) {
  EXPECT_THAT(YamlFile::Load("no/such/file.yaml"), FailsWith(ErrorKind::kSystem, HasSubstr("read no/such/file.yaml")));
}

// What settled is kept; what was written since, in place and as long as before, is read.
TEST(YamlFile, SeesThatAFileItKnowsHasChanged) {
  const std::string path = testing::TempDir() + "/known-" + std::to_string(getpid()) + ".yaml";
  const auto write = [&](const char* text) { std::ofstream(path) << text; };
  const auto value = [&] {
    const Result<YamlFile> file = YamlFile::Load(path);
    EXPECT_THAT(file, IsOk());
    return file.ok() ? file->value() : Json();
  };
  write("a: 1");
  EXPECT_EQ(value(), Json({{"a", 1}}));
  write("a: 2");
  EXPECT_EQ(value(), Json({{"a", 2}})) << "at once";
  const auto has_settled = [&]() -> Result<bool> {
    struct stat state = {};
    return stat(path.c_str(), &state) == 0 && SystemClock::Instance().NowSeconds() - state.st_ctim.tv_sec > 2;
  };
  ASSERT_THAT(Eventually(Deadline::In(10s), has_settled), IsOk());
  EXPECT_EQ(value(), Json({{"a", 2}}));
  EXPECT_EQ(value(), Json({{"a", 2}})) << "and from memory, which cannot be told here";
  write("a: 3");
  EXPECT_EQ(value(), Json({{"a", 3}}));
  std::remove(path.c_str());
  EXPECT_THAT(YamlFile::Load(path), FailsWith(ErrorKind::kSystem, HasSubstr("read ")));
}

TEST(YamlFile, LoadsWhatLiesOnTheDisk) {
  const std::string path = testing::TempDir() + "/yaml_test.yaml";
  std::ofstream(path) << "a: [1]\n";
  const Result<YamlFile> file = YamlFile::Load(path);
  std::remove(path.c_str());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->path(), path);
  EXPECT_EQ(file->value(), Json({{"a", Json::array({1})}}));
}

// Nine lists of nine aliases each: 400 bytes that ask for 400 million values.
std::string NineLevels() {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name <= 'i'; ++name) {
    const std::string below = std::string("*") + static_cast<char>(name - 1);
    text += std::string(1, name) + ": &" + name + " [" + below;
    for (int i = 1; i < 9; ++i) text += ", " + below;
    text += "]\n";
  }
  return text;
}

std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(YamlFile, FollowsAliases) {
  EXPECT_EQ(ValueOf("a: &a {k: [1]}\nb: *a\nc: [*a]\nd: &d k\n*d : 2\n"),
            Json({{"a", {{"k", {1}}}}, {"b", {{"k", {1}}}}, {"c", {{{"k", {1}}}}}, {"d", "k"}, {"k", 2}}));
}

TEST(YamlFile, PointsAtAnAliasOfWhatItStandsIn) {
  EXPECT_EQ(MistakeIn("a: 1\nb: &b [x, *b]\n"),
            "file.yaml:2:11: this alias stands within the value it names, which would have no end\n"
            "  b: &b [x, *b]\n"
            "            ^");
  EXPECT_THAT(MistakeIn("&r {a: {b: [*r]}}"), HasSubstr("file.yaml:1:13: this alias stands within"));
  EXPECT_THAT(MistakeIn("&r\n? *r\n: x\n"), HasSubstr("file.yaml:2:3: a key must be a plain word"));
}

TEST(YamlFile, BoundsWhatAliasesOfAliasesAskFor) {
  EXPECT_EQ(MistakeIn(NineLevels()),
            "file.yaml:6:12: more than 200000 values in one file, aliases followed\n"
            "  f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n"
            "             ^");
  const Result<YamlFile> tight = YamlFile::Parse("f", "a: &a [1, 2]\nb: [*a, *a]\n", {.values = 12});
  EXPECT_THAT(tight, FailsWith(ErrorKind::kInvalidInput, HasSubstr("f:2:9: more than 12 values")));
  EXPECT_THAT(YamlFile::Parse("f", "a: &a [1, 2]\nb: [*a, *a]\n", {.values = 13}), IsOk());
}

TEST(YamlFile, BoundsTheBytesAliasesAskFor) {
  std::string text = "a: &a " + std::string(1'000'000, 'x') + "\nb:\n";
  for (int i = 0; i < 100; ++i) text += "  - *a\n";
  EXPECT_THAT(MistakeIn(text), HasSubstr("more than 67108864 bytes of values, aliases followed\n    - *a\n      ^"));
}

TEST(YamlFile, BoundsDepthWithAndWithoutAliases) {
  EXPECT_EQ(ValueOf(Nested(64)).size(), 1U);
  EXPECT_THAT(MistakeIn(Nested(65)), HasSubstr("file.yaml:1:65: nested deeper than 64\n"));
  EXPECT_THAT(MistakeIn(Nested(100'000)), HasSubstr("file.yaml:1:65: nested deeper than 64\n"));
  std::string blocks;
  for (int i = 0; i < 100'000; ++i) blocks += "- ";
  EXPECT_THAT(MistakeIn(blocks), HasSubstr("file.yaml:1:129: nested deeper than 64\n"));
  std::string text = "- &a0 []\n";
  for (int i = 1; i < 70; ++i) text += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_THAT(MistakeIn(text), HasSubstr("nested deeper than 64, aliases followed\n  - &a63 [*a62]\n"));
}

TEST(YamlFile, BoundsValuesBeforeTheyAreKept) {
  std::string text = "[";
  for (int i = 0; i < 300'000; ++i) text += "1,";
  EXPECT_THAT(MistakeIn(text + "1]"), HasSubstr("file.yaml:1:400000: more than 200000 values in one file\n"));
  EXPECT_THAT(MistakeIn(std::string(400'001, '[')),
              HasSubstr("file.yaml:1:400001: more than 400000 of the characters [ ] { } , in one file\n"));
}

TEST(YamlFile, BoundsKeysWhichStandInEveryPointerBelow) {
  EXPECT_THAT(MistakeIn("? " + std::string((size_t{16} << 10) + 1, 'k') + "\n: [1, 2]\n"),
              HasSubstr("a key of more than 16384 bytes"));
}

TEST(YamlFile, TakesAMergeKeyForAKey) {
  EXPECT_EQ(ValueOf("a: &a {k: 1}\nb: {<<: *a}\n")["b"], Json({{"<<", {{"k", 1}}}}));
}

TEST(YamlFile, RefusesALargeFileBeforeItIsReadWhole) {
  EXPECT_THAT(YamlFile::Load("/dev/zero"),
              FailsWith(ErrorKind::kInvalidInput, "/dev/zero: larger than the 4194304 bytes a file may have here"));
}

TEST(YamlFile, ShowsOfALongLineWhatIsAroundTheColumn) {
  const std::string said =
      MistakeIn("{a: " + std::string(100'000, 'x') + ", b: 1, b: 2, c: " + std::string(9'000, 'y') + "}");
  EXPECT_THAT(said, HasSubstr("'b' stands here a second time"));
  EXPECT_LT(said.size(), 500U);
  const std::string line = said.substr(said.find('\n') + 1);
  EXPECT_EQ(line.substr(line.rfind('\n')).size() - 2, line.find("b: 2"));
}

TEST(YamlFile, PutsTheCaretUnderTheCharacterAndNoControlsOntoTheTerminal) {
  EXPECT_EQ(MistakeIn("{\"\xc3\xa4\xc3\xb6\": \"\x1b[31m\", b: 1, b: 2}"),
            "file.yaml:1:25: 'b' stands here a second time\n"
            "  {\"\xc3\xa4\xc3\xb6\": \"?[31m\", b: 1, b: 2}\n"
            "                        ^");
}

TEST(YamlFile, ReportsTheFirstTwentyMistakesOfMany) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "k: 1\n";
  const std::string said = MistakeIn(text);
  EXPECT_THAT(said, HasSubstr("file.yaml:21:1: 'k' stands here a second time\n"));
  EXPECT_THAT(said, testing::EndsWith("^\n(there are more mistakes)"));
  EXPECT_LT(said.size(), 2'000U);
}

class YamlReaderTest : public testing::Test {
 protected:
  YamlReader& Read(std::string_view text) {
    Result<YamlFile> file = YamlFile::Parse("f", text);
    EXPECT_THAT(file, IsOk());
    file_ = std::make_unique<YamlFile>(std::move(file).value());
    reader_ = std::make_unique<YamlReader>(*file_);
    return *reader_;
  }
  std::unique_ptr<YamlFile> file_;
  std::unique_ptr<YamlReader> reader_;
};

TEST_F(YamlReaderTest, TakesOutWhatIsThere) {
  YamlReader& reader = Read("{text: x, number: 7, flag: true, span: 250ms, list: [a, b], map: {k: v}, nothing: null}");
  EXPECT_EQ(reader.Text("/text"), "x");
  EXPECT_EQ(reader.Text("/number"), "7") << "a whole number stands for its digits";
  EXPECT_EQ(reader.Number("/number"), 7);
  EXPECT_TRUE(reader.Flag("/flag"));
  EXPECT_EQ(reader.Span("/span"), 250ms);
  EXPECT_EQ(reader.Texts("/list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reader.Texts("/text"), std::vector<std::string>{"x"}) << "one text is a list of one";
  EXPECT_EQ(reader.Items("/list"), (std::vector<std::string>{"/list/0", "/list/1"}));
  EXPECT_EQ(reader.Entries("/map").front().second, "/map/k");
  EXPECT_EQ(reader.Object("/map"), Json({{"k", "v"}}));
  EXPECT_FALSE(reader.Has("/nothing"));
  EXPECT_EQ(reader.mistakes(), "");
}

TEST_F(YamlReaderTest, AnswersForWhatIsNotThere) {
  YamlReader& reader = Read("{}");
  EXPECT_EQ(reader.Text("/a"), "");
  EXPECT_EQ(reader.Number("/a"), std::nullopt);
  EXPECT_TRUE(reader.Flag("/a", true));
  EXPECT_EQ(reader.Span("/a"), std::nullopt);
  EXPECT_TRUE(reader.Items("/a").empty());
  EXPECT_EQ(reader.Object("/a"), Json::object());
  EXPECT_EQ(reader.mistakes(), "");
  reader.Text("/a", true);
  EXPECT_THAT(reader.mistakes(), HasSubstr("f:1:1: 'a' is missing"));
}

TEST_F(YamlReaderTest, ReportsWhatIsOfAnotherKind) {
  const std::vector<std::pair<std::function<void(YamlReader&)>, std::string>> cases = {
      {[](YamlReader& r) { r.Text("/list"); }, "want text"},
      {[](YamlReader& r) { (void)r.Number("/word"); }, "want a whole number"},
      {[](YamlReader& r) { (void)r.Number("/half"); }, "want a whole number"},
      {[](YamlReader& r) { r.Flag("/word"); }, "want true or false"},
      {[](YamlReader& r) { r.Items("/word"); }, "want a list"},
      {[](YamlReader& r) { r.Entries("/list"); }, "want a mapping"},
      {[](YamlReader& r) { r.Object("/list"); }, "want a mapping"},
      {[](YamlReader& r) { (void)r.Span("/word"); }, "want a span of time like 250ms, 2s or 5m"},
      {[](YamlReader& r) { (void)r.Span("/half"); }, "want a span of time like 250ms, 2s or 5m"},
  };
  for (const auto& [read, expected] : cases) {
    YamlReader& reader = Read("{list: [1], word: often, half: 0.5}");
    read(reader);
    EXPECT_THAT(reader.mistakes(), HasSubstr(": " + expected + "\n"));
  }
}

TEST_F(YamlReaderTest, ReadsSpansOfEveryUnitAndNoOther) {
  YamlReader& reader = Read("[0ms, 2s, 5m, -1s, 3, 1h, s, 2 s, 1.5s]");
  EXPECT_EQ(reader.Span("/0"), 0ms);
  EXPECT_EQ(reader.Span("/1"), 2s);
  EXPECT_EQ(reader.Span("/2"), 5min);
  EXPECT_EQ(reader.mistakes(), "");
  for (int i = 3; i < 9; ++i) EXPECT_EQ(reader.Span("/" + std::to_string(i)), std::nullopt) << i;
}

TEST_F(YamlReaderTest, NamesWhatAWordMayBeOrWasMeantToBe) {
  YamlReader& reader = Read("{a: sessoins, b: nothing}");
  reader.OneOf("/a", {"sessions", "account"});
  reader.OneOf("/b", {"sessions", "account"});
  EXPECT_EQ(reader.mistakes(),
            "f:1:2: unknown name 'sessoins' (did you mean 'sessions'?)\n"
            "  {a: sessoins, b: nothing}\n"
            "   ^\n"
            "f:1:15: unknown name 'nothing' (have: sessions, account)\n"
            "  {a: sessoins, b: nothing}\n"
            "                ^");
}

TEST_F(YamlReaderTest, CollectsEveryUnknownMember) {
  YamlReader& reader = Read("{id: x, titel: y, zzzzzzzz: z}");
  reader.Members("", {"id", "title"});
  EXPECT_EQ(reader.mistakes(),
            "f:1:9: unknown key 'titel' (did you mean 'title'?)\n"
            "  {id: x, titel: y, zzzzzzzz: z}\n"
            "          ^\n"
            "f:1:19: unknown key 'zzzzzzzz'\n"
            "  {id: x, titel: y, zzzzzzzz: z}\n"
            "                    ^");
}

TEST_F(YamlReaderTest, ReportsTheFirstTwentyMistakesOfMany) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  YamlReader& reader = Read(text);
  reader.Members("", {"id"});
  EXPECT_THAT(reader.mistakes(), testing::EndsWith("^\n(there are more mistakes)"));
  EXPECT_LT(reader.mistakes().size(), 2'000U);
}

TEST(PointerToken, EscapesWhatAPointerMeansItself) { EXPECT_EQ(PointerToken("a/b~c"), "a~1b~0c"); }

TEST(DidYouMean, TakesTheNearestWordAndNoneThatIsFar) {
  EXPECT_EQ(DidYouMean("fualt", {"heal", "fault", "wait"}), " (did you mean 'fault'?)");
  EXPECT_EQ(DidYouMean("something else", {"heal", "fault"}), "");
  EXPECT_EQ(DidYouMean("anything", {}), "");
  EXPECT_EQ(DidYouMean(std::string(65, 'a'), {std::string(64, 'a')}), "") << "no word of ours is as long";
}

}  // namespace
}  // namespace iff
