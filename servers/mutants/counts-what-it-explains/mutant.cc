#include <string>

#include "servers/http/seams.h"
#include "servers/postgres/statement.h"

namespace iff {

Seams CountsWhatItExplains() {
  Seams seams;
  seams.judge_sql = [](const std::string& sql, bool may_write) {
    return sql.starts_with("EXPLAIN") ? std::nullopt : JudgeStatement(sql, may_write);
  };
  return seams;
}

}  // namespace iff
