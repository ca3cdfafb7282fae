// What may be asked of execute_query, told from the text alone. The database refuses the rest by itself:
// one statement per message, a read-only transaction, the privileges of the caller's own role. This is the
// door before that: statements that change the session, not data, never get there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace iff {

// How a statement is run.
enum class StatementKind {
  kRows,     // SELECT, VALUES, TABLE, WITH: through a cursor, so that any number of rows is bounded
  kDirect,   // SHOW, EXPLAIN: few rows
  kWrite,    // INSERT, UPDATE, DELETE, MERGE
  kRefused,  // everything else
};
StatementKind KindOf(std::string_view sql);

// Why `sql` is not run, or nothing.
std::optional<std::string> JudgeStatement(const std::string& sql, bool may_write);

}  // namespace iff
