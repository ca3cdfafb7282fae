#include "harness/core/plain.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "harness/core/json.h"
#include "harness/core/utf8.h"

namespace iff {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Utf8(uint32_t point) {
  std::string text;
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) {
    text += static_cast<char>(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      text += static_cast<char>(0xE0 | (point >> 12));
    } else {
      text += static_cast<char>(0xF0 | (point >> 18));
      text += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    }
    text += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
  }
  return text + static_cast<char>(0x80 | (point & 0x3F));
}

TEST(Plain, SpellsOutWhatNobodySees) {
  EXPECT_EQ(Plain("a\x1b[31m\x07\xC2\x9B\xE2\x80\xAE\xE2\x81\xA6\xFF z"),
            "a\\x1b[31m\\x07\\u009b\\u202e\\u2066\xEF\xBF\xBD z");
  EXPECT_EQ(Plain("one\ntwo\tthree"), "one two three");
  EXPECT_EQ(Plain("one\ntwo\r", true), "one\ntwo\\x0d");
  EXPECT_EQ(Plain("a\x7f" + Utf8(0xE0041) + Utf8(0xAD)), "a\\u007f\\udb40\\udc41\\u00ad");
  EXPECT_EQ(Plain("Gr\xC3\xBC\xC3\x9F"
                  "e \xF0\x9F\x98\x80"),
            "Gr\xC3\xBC\xC3\x9F"
            "e \xF0\x9F\x98\x80");
}

// Whatever the bytes are: nothing a terminal obeys is left, and it is well-formed.
TEST(Plain, LeavesNothingATerminalObeysOfAnyTwoBytesAndAnyLetter) {
  const auto harmless = [](std::string_view text) {
    while (!text.empty()) {
      const std::string_view letter = FirstLetter(text);
      if (letter.empty() || IsUnseen(letter)) return false;
      text.remove_prefix(letter.size());
    }
    return true;
  };
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {'a', static_cast<char>(first), static_cast<char>(second), 'b'};
      ASSERT_TRUE(harmless(Plain(text))) << first << " " << second;
    }
  }
  for (uint32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    ASSERT_TRUE(harmless(Plain("a" + Utf8(point) + "b"))) << point;
  }
}

TEST(Plain, KeepsTheValueOfAJsonDocument) {
  std::string all;
  for (uint32_t point = 0; point <= 0x10FFFF; point += point < 0x3000 ? 1 : 13) {
    if (point < 0xD800 || point > 0xDFFF) all += Utf8(point);
  }
  const Json value = {{all, {all, 1, nullptr}}};
  for (const std::string& text : {Plain(Dump(value), true), Plain(DumpPretty(value), true)}) {
    const Result<Json> read = ParseJson(text);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(*read, value);
  }
}

TEST(PlainButColours, PassesOurColoursAndNothingElse) {
  EXPECT_EQ(PlainButColours("\033[31mFAIL\033[0m\n\033[1mx\033[0m"), "\033[31mFAIL\033[0m\n\033[1mx\033[0m");
  for (const char* other : {"\033[8m", "\033[2J", "\033[31;1m", "\033]0;t\007", "\033[031m", "\033[m", "\033c",
                            "\xC2\x9B"
                            "31m",
                            "\033[31", "\r", "\033[5n"}) {
    EXPECT_THAT(PlainButColours(std::string("a") + other + "b"), Not(HasSubstr("\033"))) << other;
    EXPECT_EQ(PlainButColours(std::string("a") + other + "b"), Plain(std::string("a") + other + "b")) << other;
  }
}

// What a real shell makes of it.
std::string FromShell(const std::string& word) {
  FILE* shell = popen(("printf %s " + word).c_str(), "r");
  std::string text;
  std::array<char, 4096> some = {};
  for (size_t size = 0; (size = fread(some.data(), 1, some.size(), shell)) > 0;) text.append(some.data(), size);
  EXPECT_EQ(pclose(shell), 0) << word;
  return text;
}

TEST(ShellWord, IsOneWordForAShellWhateverIsInIt) {
  EXPECT_EQ(ShellWord("isolation/no-jira@jira"), "isolation/no-jira@jira");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  for (const std::string text :
       {"$(touch x)", "`id`", "a b", "a;b",     "a'b", "'", "''", "a\nb",    "-n",   "~",    "*",
        "#a",         "a\\",  "\"",  "${HOME}", "&&",  "|", "!x", "\x1b[2J", "\xff", "a\tb", "<(id)"}) {
    EXPECT_EQ(FromShell(ShellWord(text)), text);
  }
  EXPECT_EQ(ShellWord(std::string("a\0b", 3)), "'ab'");
}

}  // namespace
}  // namespace iff
