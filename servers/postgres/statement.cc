#include "servers/postgres/statement.h"

#include <algorithm>
#include <map>

namespace iff {
namespace {

// The text after blanks and comments; PostgreSQL's comments nest.
std::string_view SkipBlanks(std::string_view sql) {
  while (!sql.empty()) {
    if (sql.front() == ' ' || (sql.front() >= '\t' && sql.front() <= '\r')) {
      sql.remove_prefix(1);
    } else if (sql.starts_with("--")) {
      sql.remove_prefix(std::min(sql.find_first_of("\r\n"), sql.size()));
    } else if (sql.starts_with("/*")) {
      size_t depth = 0;
      do {
        if (sql.starts_with("/*")) {
          ++depth;
          sql.remove_prefix(2);
        } else if (sql.starts_with("*/")) {
          --depth;
          sql.remove_prefix(2);
        } else if (!sql.empty()) {
          sql.remove_prefix(1);
        }
      } while (depth > 0 && !sql.empty());
    } else {
      return sql;
    }
  }
  return sql;
}

std::string FirstWord(std::string_view sql) {
  std::string word;
  for (const char c : SkipBlanks(sql)) {
    if (word.empty() && c == '(') return "(";
    const bool lower = c >= 'a' && c <= 'z';
    if (!lower && !(c >= 'A' && c <= 'Z')) break;
    word += lower ? static_cast<char>(c - 'a' + 'A') : c;
    if (word.size() > 16) break;
  }
  return word;
}

}  // namespace

StatementKind KindOf(std::string_view sql) {
  static const std::map<std::string, StatementKind, std::less<>> kKinds = {
      {"SELECT", StatementKind::kRows},   {"VALUES", StatementKind::kRows},   {"TABLE", StatementKind::kRows},
      {"WITH", StatementKind::kRows},     {"(", StatementKind::kRows},        {"SHOW", StatementKind::kDirect},
      {"EXPLAIN", StatementKind::kDirect}, {"INSERT", StatementKind::kWrite}, {"UPDATE", StatementKind::kWrite},
      {"DELETE", StatementKind::kWrite},  {"MERGE", StatementKind::kWrite},
  };
  const auto found = kKinds.find(FirstWord(sql));
  return found == kKinds.end() ? StatementKind::kRefused : found->second;
}

std::optional<std::string> JudgeStatement(const std::string& sql, bool may_write) {
  if (sql.find('\0') != std::string::npos) return "a statement holds no zero bytes";
  switch (KindOf(sql)) {
    case StatementKind::kRefused:
      return "only SELECT, WITH, VALUES, TABLE, SHOW, EXPLAIN, INSERT, UPDATE, DELETE and MERGE are run";
    case StatementKind::kWrite:
      if (!may_write) return "changing data needs the scope postgres:write";
      return std::nullopt;
    case StatementKind::kRows:
    case StatementKind::kDirect: return std::nullopt;
  }
  return "unknown statement";
}

}  // namespace iff
