#include "servers/postgres/statement.h"

#include <gtest/gtest.h>

namespace iff {
namespace {

TEST(KindOf, LooksBehindBlanksAndNestedComments) {
  EXPECT_EQ(KindOf("  -- x\n select 1"), StatementKind::kRows);
  EXPECT_EQ(KindOf("/* a /* b */ DROP */ (SELECT 1)"), StatementKind::kRows);
  EXPECT_EQ(KindOf("\tWith a as (select 1) table a"), StatementKind::kRows);
  EXPECT_EQ(KindOf("EXPLAIN ANALYZE DELETE FROM t"), StatementKind::kDirect);
  EXPECT_EQ(KindOf("show work_mem"), StatementKind::kDirect);
  EXPECT_EQ(KindOf("merge into t"), StatementKind::kWrite);
}

TEST(KindOf, RefusesWhatChangesTheSession) {
  for (const char* sql : {"SET ROLE x",
                          "RESET ROLE",
                          "COMMIT",
                          "BEGIN",
                          "ROLLBACK",
                          "SET SESSION AUTHORIZATION x",
                          "COPY t TO PROGRAM 'x'",
                          "DO $$ begin end $$",
                          "CALL p()",
                          "DISCARD ALL",
                          "LISTEN x",
                          "PREPARE a AS SELECT 1",
                          "EXECUTE a",
                          "LOAD 'x'",
                          "CREATE TABLE t()",
                          "DROP TABLE t",
                          "SELECTED",
                          "",
                          "-- only a comment",
                          "/* open",
                          "/* open /* */",
                          "\\copy t",
                          "; SELECT 1",
                          "\xC2\xA0SELECT 1"}) {
    EXPECT_EQ(KindOf(sql), StatementKind::kRefused) << sql;
  }
}

TEST(JudgeStatement, ExplainsWithoutCarryingOut) {
  for (const char* sql : {"EXPLAIN SELECT 1", "explain verbose select 1",
                          "EXPLAIN (COSTS off, FORMAT json) SELECT analyze FROM t", "EXPLAIN (SELECT 'it''s' FROM t)",
                          "EXPLAIN ((SELECT 1))", "EXPLAIN /* ANALYZE */ SELECT 1", "EXPLAIN (verbose)SELECT 1"}) {
    EXPECT_EQ(JudgeStatement(sql, false), std::nullopt) << sql;
  }
  for (const char* sql :
       {"EXPLAIN ANALYZE SELECT 1", "explain analyse verbose select 1", "EXPLAIN /* a */ -- b\n ANALYZE SELECT 1",
        "EXPLAIN VERBOSE ANALYZE SELECT 1", "EXPLAIN (ANALYZE) SELECT 1", "EXPLAIN (costs off, Analyse on) SELECT 1",
        "EXPLAIN (\"analyze\") SELECT 1", "EXPLAIN (U&\"\\0061nalyze\") SELECT 1", "EXPLAIN (/* */ANALYZE) SELECT 1",
        "EXPLAIN (ANALYZE", "/* a */ explain(analyze)select 1"}) {
    EXPECT_NE(JudgeStatement(sql, true), std::nullopt) << sql;
  }
}

TEST(JudgeStatement, AsksForTheWriteScope) {
  EXPECT_EQ(JudgeStatement("DELETE FROM t", false), "changing data needs the scope postgres:write");
  EXPECT_EQ(JudgeStatement("DELETE FROM t", true), std::nullopt);
  EXPECT_EQ(JudgeStatement("SELECT 1", false), std::nullopt);
  EXPECT_NE(JudgeStatement(std::string("SELECT 1\0", 9), true), std::nullopt);
}

}  // namespace
}  // namespace iff
