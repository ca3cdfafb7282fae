#include "harness/core/unpack.h"

#include <gmock/gmock.h>

#include <random>

#include "harness/core/bytes.h"

namespace iff {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Random, and the same on every run.
std::string Noise(size_t count, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(random() & 0xFF);
  return bytes;
}

constexpr size_t kMost = size_t{1} << 20;
constexpr std::string_view kGzipMark = "\x1f\x8b\x08";
constexpr std::string_view kText = "whatever somebody wanted to hide in here, line by line";

Unpacked Unpack(std::string_view text, size_t most) {
  UnpackBudget budget(most);
  return iff::Unpack(text, budget);
}

auto HoldsTheText() { return Contains(Field(&Layer::bytes, HasSubstr(std::string(kText)))); }

TEST(Decompress, GivesBackWhatWasCompressed) {
  for (const Compression compression : {Compression::kGzip, Compression::kZlib, Compression::kDeflate}) {
    EXPECT_EQ(Decompress(Compress(kText, compression), compression, kMost), kText);
  }
}

TEST(Decompress, StopsAtTheBound) {
  const std::string zeros(size_t{1} << 20, 'z');
  EXPECT_EQ(Decompress(Compress(zeros, Compression::kGzip), Compression::kGzip, 1000).size(), 1000U);
}

TEST(Decompress, GivesTheBeginningOfWhatWasCutOff) {
  const std::string whole = Compress(std::string(kText) + Hex(Noise(400)), Compression::kGzip);
  EXPECT_THAT(Decompress(whole.substr(0, whole.size() / 2), Compression::kGzip, kMost), HasSubstr("whatever"));
}

TEST(Unpack, FindsCompressedTextAnywhere) {
  for (const Compression compression : {Compression::kGzip, Compression::kZlib}) {
    EXPECT_THAT(Unpack("in front" + Compress(kText, compression) + "behind", kMost).layers, HoldsTheText());
  }
  EXPECT_THAT(Unpack(Compress(kText, Compression::kDeflate), kMost).layers, HoldsTheText());
}

TEST(Unpack, DecodesBase64WhereverItBegins) {
  for (const std::string front : {"", "x", "xy", "xyz", "wxyz", "/some/path/"}) {
    EXPECT_THAT(Unpack("k=" + front + Base64(kText), kMost).layers, HoldsTheText()) << front;
    EXPECT_THAT(Unpack("k=" + front + Base64Url(kText), kMost).layers, HoldsTheText()) << front;
  }
}

TEST(Unpack, DecodesHexInEveryCaseAndWithNeighbours) {
  std::string mixed = Hex(kText);
  for (size_t i = 0; i < mixed.size(); i += 3) mixed[i] = static_cast<char>(std::toupper(mixed[i]));
  for (const std::string front : {"", "a", "trace-", "0x"}) {
    EXPECT_THAT(Unpack(front + mixed, kMost).layers, HoldsTheText()) << front;
  }
}

TEST(Unpack, UndoesEscapes) {
  std::string url;
  std::string unicode;
  std::string bytes;
  std::string decimal;
  std::string entities;
  std::string wide;
  std::string list;
  for (const char c : kText) {
    const std::string hex = Hex(std::string(1, c));
    url += "%" + hex;
    unicode += "\\u00" + hex;
    bytes += "\\x" + hex;
    decimal += "&#" + std::to_string(c) + ";";
    entities += "&#x" + hex + ";";
    wide += std::string(1, c) + std::string(1, '\0');
    list += (list.empty() ? "[" : ", ") + std::to_string(c);
  }
  for (const std::string& encoded : {url, unicode, bytes, decimal, entities, wide, list}) {
    EXPECT_THAT(Unpack(encoded, kMost).layers, HoldsTheText()) << encoded;
  }
}

TEST(Unpack, PutsFoldedLinesTogether) {
  EXPECT_THAT(Unpack("whatever somebody wanted to\r\n  hide", kMost).layers,
              Contains(Field(&Layer::bytes, HasSubstr("wanted tohide"))));
}

TEST(Unpack, NamesWhatItCannotLookInto) {
  const std::string random = Noise(400);
  EXPECT_THAT(Unpack("\x28\xb5\x2f\xfd" + random, kMost).opaque, Contains(HasSubstr("zstd")));
  EXPECT_THAT(Unpack("{\"d\":\"" + Base64("\x28\xb5\x2f\xfd" + random) + "\"}", kMost).opaque,
              Contains(HasSubstr("zstd")));
  EXPECT_THAT(Unpack("-----BEGIN PGP MESSAGE-----\n", kMost).opaque, Contains("a PGP message"));
  const std::string header = Base64Url(R"({"alg":"RSA-OAEP","enc":"A256GCM"})");
  EXPECT_THAT(Unpack(header + "." + Base64Url(random) + ".AAAA." + Base64Url(random) + ".BBBB", kMost).opaque,
              ElementsAre("an encrypted token"));
}

// Ciphertext has no mark; a detector that is right often is not enough. Two hundred
// samples, the same on every run.
TEST(Unpack, TakesRandomBytesForEncrypted) {
  int told = 0;
  for (int i = 0; i < 200; ++i) {
    if (!Unpack("{\"sealed\":\"" + Base64(Noise(120, static_cast<uint32_t>(i + 1))) + "\"}", kMost).opaque.empty())
      ++told;
  }
  EXPECT_GT(told, 160);
}

TEST(Unpack, SeesNothingOpaqueInHonestText) {
  const std::string signature = Base64Url(Noise(256));
  for (const std::string& honest :
       {std::string("{\"key\":\"ABCDE-1\",\"summary\":\"Private: canary-alice-jira-0123456789ab\"}"),
        std::string("/rest/api/3/issue/createmeta/some-long-name-of-something-in-a-path/and-another-one-behind-it"),
        std::string("5f3c2a1e-8d77-4b6a-9c3e-2f4d2b0f9d11 hmac-sha256:") + Hex(Noise(32)),
        std::string("ThisIsAVeryLongNameInCamelCaseThatSomebodyGaveToAClassBecauseTheyCouldAndNobodyStoppedThem"),
        Base64Url(R"({"alg":"RS256","typ":"JWT"})") + "." + Base64Url(R"({"sub":"alice","aud":"here"})") + "." +
            signature,
        std::string("2026-11-21T13:37:00.123Z info credential-fetched subject=9f3a target=jira took=1234\n"),
        std::string(
            "\xe5\x8f\xaf\xe8\xaf\xbb\xe7\x9a\x84\xe6\x96\x87\xe5\xad\x97\xe4\xb8\x8d\xe6\x98\xaf\xe5\xaf\x86\xe6\x96"
            "\x87"
            "\xef\xbc\x8c\xe4\xb9\x9f\xe4\xb8\x8d\xe6\x98\xaf\xe5\x8e\x8b\xe7\xbc\xa9\xe7\x9a\x84\xe3\x80\x82")}) {
    EXPECT_THAT(Unpack(honest, kMost).opaque, IsEmpty()) << honest;
  }
}

TEST(Unpack, SaysWhenThereIsMoreThanItMayUnpack) {
  const std::string bomb = Compress(std::string(size_t{4} << 20, 'z'), Compression::kGzip);
  const Unpacked unpacked = Unpack(bomb, 10'000);
  size_t all = 0;
  for (const Layer& layer : unpacked.layers) all += layer.bytes.size();
  EXPECT_LE(all, 10'000U);
  EXPECT_THAT(unpacked.opaque, Contains("more than can be unpacked"));
}

std::string Repeated(std::string_view unit, size_t size) {
  std::string text;
  while (text.size() < size) text += unit;
  return text;
}

std::string Zeros(size_t count, Compression compression) { return Compress(std::string(count, '\0'), compression); }

// Marks that begin nothing, streams that end nowhere, and small texts that become large ones.
std::vector<std::pair<std::string, std::string>> Bombs(size_t size) {
  const std::string endless = Zeros(size_t{1} << 20, Compression::kZlib).substr(0, 900);
  const std::string run = Base64(Zeros(15'000, Compression::kDeflate)).substr(0, 23);
  return {
      {"gzip marks", Repeated(kGzipMark, size)},
      {"gzip marks with a name", Repeated(std::string(kGzipMark) + "\x08", size)},
      {"gzip marks in base64", Base64(Repeated(kGzipMark, size))},
      {"gzip marks in hex", Hex(Repeated(kGzipMark, size))},
      {"zlib streams without an end", Repeated(endless, size)},
      {"gzip of zeros", Repeated(Zeros(size_t{1} << 20, Compression::kGzip), size)},
      {"runs of base64 that inflate a thousandfold", Repeated(run + " ", size)},
      {"gzip in gzip", Compress(Zeros(size_t{64} << 20, Compression::kGzip), Compression::kGzip)},
  };
}

TEST(Unpack, BoundsItsWorkByTheSizeOfTheText) {
  for (const size_t size : {size_t{64} << 10, size_t{256} << 10}) {
    for (const auto& [name, bomb] : Bombs(size)) {
      UnpackBudget budget(bomb.size());
      const size_t allowed = budget.work();
      EXPECT_LE(allowed, 16 * bomb.size());
      const Unpacked unpacked = iff::Unpack(bomb, budget);
      EXPECT_LE(budget.spent(), allowed + 2 * bomb.size()) << name;
      EXPECT_TRUE(budget.ended()) << name;
      EXPECT_THAT(unpacked.opaque, Contains(kNotFullySearched)) << name;
    }
  }
}

TEST(Unpack, LeavesHonestTextsHalfOfTheirBudgetOrMore) {
  std::string ids;
  for (uint32_t i = 0; i < 2000; ++i) ids += Hex(Noise(16, i + 1)) + "\n";
  for (const auto& [name, honest] : std::vector<std::pair<std::string, std::string>>{
           {"log", Repeated("2026-11-21T13:37:00.123Z info called tool=get_issue \"subject\": 9f3ac1\n", 65'536)},
           {"ids", ids},
           {"json", Repeated("{\"text\": \"a line\\nand \\u0041nother\"},", 65'536)},
           {"compressed", Compress(Hex(Noise(30'000)), Compression::kGzip)}}) {
    UnpackBudget budget(8 * honest.size());
    const size_t allowed = budget.work();
    iff::Unpack(honest, budget);
    EXPECT_LT(budget.spent(), allowed / 2) << name;
    EXPECT_FALSE(budget.ended()) << name;
  }
}

// What is no text is not told from chance, unless it goes on beyond the bound.
TEST(Unpack, SaysThatItCutOffWhatIsNoText) {
  for (const Compression compression : {Compression::kZlib, Compression::kDeflate}) {
    const std::string hidden = Compress(std::string(100'000, '\1') + std::string(kText), compression);
    EXPECT_THAT(Unpack(hidden, 10'000).opaque, Contains(kNotFullySearched));
  }
}

TEST(Unpack, SurvivesEveryBeginningOfOddInputs) {
  for (const std::string& odd : {Compress(kText, Compression::kGzip), Compress(kText, Compression::kZlib),
                                 std::string("\\u12\\x\\"), std::string("&#x;&#;&;&#99999999999;"),
                                 std::string("%%4%zz"), std::string("eyJ.eyJ.."), std::string("0x,0x,1,2,3,300,4")}) {
    for (size_t size = 0; size <= odd.size(); ++size) {
      EXPECT_THAT(Unpack(odd.substr(0, size), kMost).opaque, Not(Contains("more than can be unpacked")));
    }
  }
}

}  // namespace
}  // namespace iff
