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

TEST(NamesASecret, KnowsWhatIsASecretFromWhatIsAboutOne) {
  for (const char* const name : {"password", "apiKey", "jira_access_token", "token", "client-secret"})
    EXPECT_TRUE(NamesASecret(name)) << name;
  for (const char* const name :
       {"page_token", "token_count", "key", "issue_key", "project", "", "secretary", "password_policy", "secret_id"})
    EXPECT_FALSE(NamesASecret(name)) << name;
  EXPECT_TRUE(SpeaksOfASecret("Your password for Jira"));
  EXPECT_FALSE(SpeaksOfASecret("How many tokens may be used"));
}

}  // namespace
}  // namespace iff
