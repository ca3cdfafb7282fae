#include "harness/core/regex_search.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

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

// Where a word may lie at a border: pieces begin and end at multiples of 1,024.
std::vector<size_t> AroundBorders() {
  std::vector<size_t> places;
  for (size_t place = 0; place < 9000; ++place) {
    if ((place + 16) % 1024 <= 32) places.push_back(place);
  }
  return places;
}

TEST(SearchInPieces, FindsAWordWhereverItLies) {
  for (size_t before = 0; before < 9000; before += 97) {
    const std::string text = std::string(before, ' ') + "<word123>" + std::string(9000 - before, ' ');
    ASSERT_EQ(All(text, R"(\bword\d+\b)"), std::set<std::string>{"word123"}) << before;
  }
  for (const size_t before : AroundBorders()) {
    const std::string text = std::string(before, ' ') + "<word123>" + std::string(9000 - before, ' ');
    ASSERT_EQ(All(text, R"(\bword\d+\b)"), std::set<std::string>{"word123"}) << before;
  }
}

TEST(SearchInPieces, TakesNoBorderOfAPieceForOneOfAWord) {
  for (const size_t before : AroundBorders()) {
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
