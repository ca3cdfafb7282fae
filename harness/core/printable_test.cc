#include "harness/core/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace iff {
namespace {

// Each byte at each place of a text of each length, against the plain rule.
TEST(Printable, SaysOfEachByteAtEachPlaceWhatThePlainRuleSays) {
  for (size_t length = 1; length <= 19; ++length) {
    for (size_t place = 0; place < length; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, 'a');
        text[place] = static_cast<char>(byte);
        const bool control = byte < 0x20 || byte == 0x7f;
        const bool printable = !control && byte < 0x80;
        ASSERT_EQ(WithoutControls(text), control ? place : length) << byte << " at " << place << " of " << length;
        const bool escapes = byte == '&' || byte == '\\' || byte == '%';
        ASSERT_EQ(WithoutEscapes(text), escapes ? place : length) << byte << " at " << place << " of " << length;
        ASSERT_EQ(IsPrintable(text), printable) << byte << " at " << place << " of " << length;
        ASSERT_EQ(IsPlainJsonText(text), printable && byte != '"' && byte != '\\') << byte << " at " << place;
      }
    }
  }
}

TEST(Printable, FindsTheFirstControlBesideOthers) {
  EXPECT_EQ(WithoutControls("ab\x01\x80\x7f\r\ncd"), 2U);
  EXPECT_EQ(WithoutControls("\x80\x81\xff"
                            "abcdefg\x7f\x01"),
            10U);
  EXPECT_EQ(WithoutControls(""), 0U);
  EXPECT_EQ(WithoutEscapes("ab'$[]\x80%&\\cd"), 7U);
  EXPECT_EQ(WithoutEscapes(""), 0U);
  EXPECT_TRUE(IsPrintable(""));
  EXPECT_TRUE(IsPlainJsonText(""));
}

}  // namespace
}  // namespace iff
