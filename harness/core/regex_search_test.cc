#include "harness/core/regex_search.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

namespace iff {
namespace {

std::set<std::string> All(const std::string& text, const std::string& form) {
  std::set<std::string> all;
  SearchInPieces(text, std::regex(form), [&](const std::cmatch& match) {
    all.insert(match.str());
    return true;
  });
  return all;
}

TEST(SearchInPieces, FindsAWordWhereverItLies) {
  for (size_t before = 0; before < 9000; before += 7) {
    const std::string text = std::string(before, ' ') + "<word123>" + std::string(9000 - before, ' ');
    ASSERT_EQ(All(text, R"(\bword\d+\b)"), std::set<std::string>{"word123"}) << before;
  }
}

TEST(SearchInPieces, TakesNoBorderOfAPieceForOneOfAWord) {
  for (size_t before = 0; before < 9000; ++before) {
    const std::string text = std::string(before, 'x') + "word" + std::string(20, 'x');
    ASSERT_TRUE(All(text, R"(\bword)").empty() == (before > 0)) << before;
    ASSERT_TRUE(All(std::string(before, ' ') + "wordx", R"(word\b)").empty()) << before;
  }
}

TEST(SearchInPieces, EndsOnTextsThatEndTheProcessOtherwise) {
  const std::string endless(4 << 20, 'a');
  EXPECT_TRUE(All(endless, R"re(scope="([^"]*)")re").empty());
  EXPECT_EQ(All("/usr/" + endless, R"(/usr/[\w./-]+)").size(), 1U);
  EXPECT_TRUE(All("", "a").empty());
}

}  // namespace
}  // namespace iff
