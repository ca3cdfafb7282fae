#include "harness/core/yaml.h"

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>

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

TEST(YamlFile, LoadsWhatLiesOnTheDisk) {
  const std::string path = testing::TempDir() + "/yaml_test.yaml";
  std::ofstream(path) << "a: [1]\n";
  const Result<YamlFile> file = YamlFile::Load(path);
  std::remove(path.c_str());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->path(), path);
  EXPECT_EQ(file->value(), Json({{"a", Json::array({1})}}));
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

TEST(PointerToken, EscapesWhatAPointerMeansItself) { EXPECT_EQ(PointerToken("a/b~c"), "a~1b~0c"); }

TEST(DidYouMean, TakesTheNearestWordAndNoneThatIsFar) {
  EXPECT_EQ(DidYouMean("fualt", {"heal", "fault", "wait"}), " (did you mean 'fault'?)");
  EXPECT_EQ(DidYouMean("something else", {"heal", "fault"}), "");
  EXPECT_EQ(DidYouMean("anything", {}), "");
}

}  // namespace
}  // namespace iff
