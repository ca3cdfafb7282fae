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

bool IsAnalyze(const std::string& word) { return word == "ANALYZE" || word == "ANALYSE"; }

// True for an EXPLAIN that would carry out what it explains, or might: it would tell how many rows were left out on the
// way, and those are other people's.
bool CarriesOut(std::string_view explain) {
  std::string_view rest = SkipBlanks(explain).substr(std::string_view("EXPLAIN").size());
  std::string word = FirstWord(rest);
  if (word != "(")
    return IsAnalyze(word) || (word == "VERBOSE" && IsAnalyze(FirstWord(SkipBlanks(rest).substr(word.size()))));
  rest = SkipBlanks(rest).substr(1);
  word = FirstWord(rest);
  for (const char* statement : {"(", "SELECT", "VALUES", "WITH", "TABLE"}) {
    if (word == statement) return false;  // no options: a statement in parentheses
  }
  // Options are words. A name in quotes or in escapes is read as one by the database, and by nobody here.
  word.clear();
  for (const char c : rest) {
    if (c >= 'a' && c <= 'z') {
      word += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9')) {
      word += c;
    } else {
      if (IsAnalyze(word)) return true;
      word.clear();
      if (c == ')') return false;
      if (c != ',' && c != ' ' && !(c >= '\t' && c <= '\r')) return true;
    }
  }
  return true;
}

}  // namespace

StatementKind KindOf(std::string_view sql) {
  static const std::map<std::string, StatementKind, std::less<>> kKinds = {
      {"SELECT", StatementKind::kRows},    {"VALUES", StatementKind::kRows},  {"TABLE", StatementKind::kRows},
      {"WITH", StatementKind::kRows},      {"(", StatementKind::kRows},       {"SHOW", StatementKind::kDirect},
      {"EXPLAIN", StatementKind::kDirect}, {"INSERT", StatementKind::kWrite}, {"UPDATE", StatementKind::kWrite},
      {"DELETE", StatementKind::kWrite},   {"MERGE", StatementKind::kWrite},
  };
  const auto found = kKinds.find(FirstWord(sql));
  return found == kKinds.end() ? StatementKind::kRefused : found->second;
}

std::optional<std::string> JudgeStatement(const std::string& sql, bool may_write) {
  if (sql.find('\0') != std::string::npos) return "a statement holds no zero bytes";
  if (FirstWord(sql) == "EXPLAIN" && CarriesOut(sql)) {
    return "EXPLAIN tells plans and carries nothing out: not with ANALYZE, and with options in plain words alone";
  }
  switch (KindOf(sql)) {
    case StatementKind::kRefused:
      return "only SELECT, WITH, VALUES, TABLE, SHOW, EXPLAIN, INSERT, UPDATE, DELETE and MERGE are run";
    case StatementKind::kWrite:
      if (!may_write) return "changing data needs the scope postgres:write";
      return std::nullopt;
    case StatementKind::kRows:
    case StatementKind::kDirect:
      return std::nullopt;
  }
  return "unknown statement";
}

}  // namespace iff
