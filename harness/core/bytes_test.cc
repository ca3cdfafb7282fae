#include "harness/core/bytes.h"

#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(Base64, EncodesTheVectorsOfTheStandard) {  // RFC 4648 section 10
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64(bytes), text);
    EXPECT_THAT(DecodeBase64(text), IsOkAndHolds(bytes));
  }
  EXPECT_EQ(Base64Url("\xfb\xff"), "-_8");
  EXPECT_THAT(DecodeBase64Url("-_8"), IsOkAndHolds(std::string("\xfb\xff")));
}

TEST(Base64, RoundTripsEveryLength) {
  for (size_t size = 0; size < 70; ++size) {
    const std::string bytes = RandomBytes(size);
    EXPECT_THAT(DecodeBase64(Base64(bytes)), IsOkAndHolds(bytes));
    EXPECT_THAT(DecodeBase64Url(Base64Url(bytes)), IsOkAndHolds(bytes));
  }
}

TEST(Base64, RefusesASecondTextForTheSameBytes) {
  for (const std::string text : {"Zh", "Zm9", "Z", "Zg==", "Zg=", "Zm 9v", "Zm9v\n", "+_8", "Zm9v="}) {
    EXPECT_THAT(DecodeBase64Url(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr("malformed"))) << text;
  }
  for (const std::string text : {"Zg", "Zh==", "Zg=", "Zg==Zg==", "====", "Z===", "-_8="}) {
    EXPECT_THAT(DecodeBase64(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr("malformed"))) << text;
  }
}

TEST(Sha256, HashesTheVectorOfTheStandard) {
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, AuthenticatesTheVectorOfTheStandard) {  // RFC 4231 section 4.3
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacSha256("", "").size(), 32U);
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ0-._~ /+%\xc3\xa9"), "aZ0-._~%20%2F%2B%25%C3%A9");
  EXPECT_THAT(PercentDecode("%2f%2F+%C3%A9"), IsOkAndHolds(std::string("//+\xc3\xa9")));
}

TEST(PercentDecode, RefusesHalfAndForeignEscapes) {
  for (const std::string text : {"%", "%2", "a%zz", "%%41"}) {
    EXPECT_THAT(PercentDecode(text), FailsWith(ErrorKind::kInvalidInput, HasSubstr("malformed escape"))) << text;
  }
}

TEST(FormEncode, KeepsTheOrderAndEncodesBothSides) {
  EXPECT_EQ(FormEncode({{"grant_type", "a:b"}, {"x y", ""}}), "grant_type=a%3Ab&x%20y=");
  EXPECT_EQ(FormEncode({}), "");
}

TEST(RandomUuid, IsNeverTheSameOnWhateverThread) {
  std::mutex mutex;
  std::set<std::string> all;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 300; ++n) {
        const std::string one = RandomUuid();
        const std::lock_guard lock(mutex);
        all.insert(one);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(all.size(), 1'200U);
}

TEST(RandomUuid, IsOfVersionFourAndNeverTheSame) {
  const std::string uuid = RandomUuid();
  EXPECT_THAT(uuid, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(uuid, RandomUuid());
}

}  // namespace
}  // namespace iff
