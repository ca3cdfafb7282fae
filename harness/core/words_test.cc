#include "harness/core/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WordsOf, AreTheSameHoweverTheyAreJoined) {
  for (const char* const name : {"getNoteById", "get_note-by.id", "get note by ID", "_get__note by id."})
    EXPECT_THAT(WordsOf(name), ElementsAre("get", "note", "by", "id")) << name;
  EXPECT_THAT(WordsOf("apiKey2"), ElementsAre("api", "key2"));
  EXPECT_THAT(WordsOf("._-"), IsEmpty());
  EXPECT_THAT(WordsOf(""), IsEmpty());
}

}  // namespace
}  // namespace iff
