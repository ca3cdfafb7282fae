#include "harness/core/scanner.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <random>

#include "harness/core/bytes.h"
#include "harness/core/unpack.h"

namespace iff {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::StartsWith;

// Random, and the same on every run.
std::string Noise(size_t count, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(random() & 0xFF);
  return bytes;
}

constexpr const char* kCanary = "canary-alice-jira-0123456789ab";

using Encoding = std::function<std::string(const std::string&)>;

// Each keeps whatever it is given in a text that is as long or longer, save the compressed ones.
const std::map<std::string, Encoding>& Encodings() {
  static const std::map<std::string, Encoding> all = {
      {"base64", [](const std::string& text) { return Base64("ab" + text); }},
      {"base64url", [](const std::string& text) { return Base64Url("a" + text); }},
      {"hex", [](const std::string& text) { return Hex(text); }},
      {"url",
       [](const std::string& text) {
         std::string out;
         for (const char c : text) out += "%" + Hex(std::string(1, c));
         return out;
       }},
      {"json",
       [](const std::string& text) {
         std::string out;
         for (const char c : text) out += "\\u00" + Hex(std::string(1, c));
         return out;
       }},
      {"xml",
       [](const std::string& text) {
         std::string out;
         for (const char c : text) out += "&#" + std::to_string(static_cast<unsigned char>(c)) + ";";
         return out;
       }},
      {"gzip", [](const std::string& text) { return Base64(Compress(text, Compression::kGzip)); }},
      {"zlib", [](const std::string& text) { return Hex(Compress(text, Compression::kZlib)); }},
      {"deflate", [](const std::string& text) { return Base64Url(Compress(text, Compression::kDeflate)); }},
      {"folded",
       [](const std::string& text) {
         std::string out;
         for (size_t i = 0; i < text.size(); i += 7) out += (i == 0 ? "" : "\r\n ") + text.substr(i, 7);
         return out;
       }},
  };
  return all;
}

class ScannerTest : public testing::Test {
 protected:
  ScannerTest() {
    redactor_.Register(Secret(kCanary), "alice.jira.canary");
    redactor_.Register(Secret("canary-bob-jira-ba9876543210"), "bob.jira.canary");
  }
  Redactor redactor_;
  Scanner scanner_{redactor_};
};

auto Alices() { return ElementsAre(Field(&Sighting::alias, "alice.jira.canary")); }

TEST_F(ScannerTest, FindsASecretInEveryEncoding) {
  for (const auto& [name, encode] : Encodings()) {
    EXPECT_THAT(scanner_.Scan("{\"meta\":\"" + encode(kCanary) + "\"}").found, Alices()) << name;
  }
}

TEST_F(ScannerTest, FindsASecretInTwoEncodingsInEveryOrder) {
  for (const auto& [outer_name, outer] : Encodings()) {
    for (const auto& [inner_name, inner] : Encodings()) {
      const std::string hidden = outer(inner(std::string("a thing of alice: ") + kCanary));
      EXPECT_THAT(scanner_.Scan("{\"meta\":\"" + hidden + "\"}").found, Alices()) << inner_name << " in " << outer_name;
    }
  }
}

TEST_F(ScannerTest, FindsASecretInThreeLayersAndTellsThem) {
  const std::string hidden = Base64(Compress(Base64(Compress(kCanary, Compression::kGzip)), Compression::kZlib));
  const Sightings seen = scanner_.Scan(hidden);
  ASSERT_THAT(seen.found, Alices());
  EXPECT_EQ(seen.found[0].how, "base64 > zlib > base64 > gzip > plain");
}

TEST_F(ScannerTest, FindsWhatIsSplitOverPieces) {
  for (const auto& [name, encode] : Encodings()) {
    const std::string whole = encode(std::string("a thing of alice: ") + kCanary);
    std::vector<std::string> pieces;
    for (size_t at = 0; at < whole.size(); at += 5) pieces.push_back(whole.substr(at, 5));
    EXPECT_THAT(scanner_.ScanPieces(pieces).found, Alices()) << name;
  }
}

TEST_F(ScannerTest, FindsWhatIsSplitOverBlocksAndMessages) {
  const std::string canary = kCanary;
  Json answer = {{"result", {{"content", Json::array()}}}};
  for (size_t at = 0; at < canary.size(); at += 6) {
    answer["result"]["content"].push_back(Json{{"text", canary.substr(at, 6)}, {"type", "text"}});
  }
  EXPECT_THAT(scanner_.ScanMessages({answer}).found, Alices());
  std::vector<Json> notifications;
  for (size_t at = 0; at < canary.size(); at += 6) {
    notifications.push_back(Json{{"method", "notifications/message"}, {"params", {{"data", canary.substr(at, 6)}}}});
  }
  EXPECT_THAT(scanner_.ScanMessages(notifications).found, Alices());
}

TEST_F(ScannerTest, TellsWhatItCouldNotLookInto) {
  const Sightings seen = scanner_.Scan("{\"blob\":\"" + Base64("\x28\xb5\x2f\xfd" + Noise(200)) + "\"}");
  EXPECT_THAT(seen.found, IsEmpty());
  EXPECT_THAT(seen.opaque, Contains("data compressed with zstd"));
}

TEST_F(ScannerTest, TellsThatItDidNotGoDeepEnough) {
  std::string packed = std::string("something in which nothing is to be found, whoever looks ") + "and looks again";
  for (int i = 0; i < 9; ++i) packed = Base64(packed);
  const Sightings seen = scanner_.Scan(packed);
  EXPECT_THAT(seen.opaque, Contains(StartsWith("more ")));
}

TEST_F(ScannerTest, IsSilentAboutAnInnocentText) {
  const Sightings seen = scanner_.Scan("{\"key\":\"ABCDE-1\",\"summary\":\"Private: canary-carol-jira-111111111111\"}");
  EXPECT_THAT(seen.found, IsEmpty());
  EXPECT_THAT(seen.opaque, IsEmpty());
}

TEST_F(ScannerTest, TakesBoundedWorkForABomb) {
  std::string bomb(size_t{4} << 20, 'z');
  for (int i = 0; i < 2; ++i) bomb = Compress(bomb, Compression::kGzip);
  const Scanner scanner(redactor_, {.most = 100'000});
  EXPECT_THAT(scanner.Scan(bomb).opaque, Contains("more than can be unpacked"));
}

// The texts of one answer share what may be spent on them: each alone is small.
TEST_F(ScannerTest, SaysWhenManySmallTextsAreMoreThanItMayUnpack) {
  const std::string bomb = Base64(Compress(std::string(size_t{1} << 20, '\0'), Compression::kGzip));
  Json members = Json::object();
  // In two parts each: a value that is alone in its place is in the text that its message came in.
  for (int i = 0; i < 30; ++i) {
    members["k" + std::to_string(i)] = Json::array({bomb.substr(0, 700), bomb.substr(700)});
  }
  const Sightings messages = scanner_.ScanMessages({members});
  EXPECT_TRUE(messages.unfinished);
  EXPECT_THAT(messages.opaque, ElementsAre(kNotFullySearched));
  const Sightings pieces = scanner_.ScanPieces(std::vector<std::string>(30, bomb));
  EXPECT_TRUE(pieces.unfinished);
  EXPECT_THAT(pieces.opaque, ElementsAre(kNotFullySearched));
}

TEST_F(ScannerTest, SaysWhenWhatIsSplitIsTooDeepOrTooLarge) {
  std::string deep = kCanary;
  for (int i = 0; i < 8; ++i) deep = Base64(deep);
  const size_t half = deep.size() / 2;
  EXPECT_TRUE(scanner_.ScanMessages({Json::array({deep.substr(0, half), deep.substr(half)})}).unfinished);
  EXPECT_FALSE(scanner_.ScanMessages({Json::array({"an honest", "text"})}).unfinished);
}

// One answer in some thousands was said to hold more than can be unpacked: bytes of an id that are base64, or hex, of
// what inflates, by chance, to what has backslashes in it.
TEST_F(ScannerTest, RandomIdsHaveAnEnd) {
  std::mt19937_64 random(7);
  const auto some = [&](std::string_view alphabet, size_t size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
    return text;
  };
  int unfinished = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string id = some("0123456789abcdef", 32);
    const std::string text = "id: " + some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26) +
                             "_1\ndata: {\"result\":{\"content\":[{\"text\":\"{\\\"id\\\":\\\"" + id + "\\\"}\"}]," +
                             "\"structuredContent\":{\"id\":\"" + id + "\"}}}\n\n";
    unfinished += scanner_.Scan(text).unfinished ? 1 : 0;
  }
  EXPECT_EQ(unfinished, 0);
}

TEST_F(ScannerTest, FindsWhatStandsBesideABomb) {
  std::string marks;
  while (marks.size() < size_t{64} << 10) marks += "\x1f\x8b\x08";
  EXPECT_THAT(scanner_.Scan(marks + kCanary).found, Alices());
}

}  // namespace
}  // namespace iff
