#include "mocks/jira/jql.h"

#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ParseJql, TakesAnEmptyQueryForEverything) {
  const auto query = ParseJql("  ");
  ASSERT_THAT(query, IsOk());
  EXPECT_TRUE(query->clauses.empty());
}

TEST(ParseJql, ReadsClausesAndOrder) {
  const auto query = ParseJql(
      "Project = demo AND assignee=currentUser() and status != \"In Progress\" AND text ~ 'a \\'b' "
      "AND key in (DEMO-1, OPS-2) AND reporter is not EMPTY ORDER BY created DESC, issuekey");
  ASSERT_THAT(query, IsOk());
  ASSERT_THAT(query->clauses, SizeIs(6));
  EXPECT_EQ(query->clauses[0].field, "project");
  EXPECT_TRUE(query->clauses[1].values[0].function);
  EXPECT_TRUE(query->clauses[2].negated);
  EXPECT_EQ(query->clauses[2].values[0].text, "In Progress");
  EXPECT_TRUE(query->clauses[3].contains);
  EXPECT_EQ(query->clauses[3].values[0].text, "a 'b");
  EXPECT_THAT(query->clauses[4].values, SizeIs(2));
  EXPECT_TRUE(query->clauses[5].negated);
  ASSERT_THAT(query->order, SizeIs(2));
  EXPECT_TRUE(query->order[0].descending);
  EXPECT_EQ(query->order[1].field, "key");
}

// A quoted name of a function is a name.
TEST(ParseJql, CallsNoFunctionInsideQuotes) {
  const auto query = ParseJql("assignee = \"currentUser()\"");
  ASSERT_THAT(query, IsOk());
  EXPECT_FALSE(query->clauses[0].values[0].function);
}

TEST(ParseJql, AnswersMistakesAsJiraDoes) {
  const auto says = [](const char* text) { return FailsWith(ErrorKind::kInvalidInput, HasSubstr(text)); };
  EXPECT_THAT(ParseJql("project"), says("Expecting operator but got 'the end of the query'"));
  EXPECT_THAT(ParseJql("project ="), says("Expecting either a value, list or function"));
  EXPECT_THAT(ParseJql("secret = 1"), says("Field 'secret' does not exist"));
  EXPECT_THAT(ParseJql("project = A OR project = B"), says("Expecting either 'AND' or 'ORDER BY' but got 'OR'"));
  EXPECT_THAT(ParseJql("text = a"), says("operator '=' is not supported by the 'text' field"));
  EXPECT_THAT(ParseJql("project ~ a"), says("operator '~' is not supported by the 'project' field"));
  EXPECT_THAT(ParseJql("assignee = membersOf()"), says("Unable to find JQL function 'membersOf()'"));
  EXPECT_THAT(ParseJql("text ~ \"open"), says("has not been completed"));
  EXPECT_THAT(ParseJql("project = A; drop"), says("Expecting either 'AND' or 'ORDER BY' but got 'drop'"));
  EXPECT_THAT(ParseJql("project = A ; drop"), says("';' is a reserved JQL character"));
  EXPECT_THAT(ParseJql("ORDER project"), says("Expecting by"));
}

}  // namespace
}  // namespace iff
