#include <optional>

#include "servers/http/seams.h"

namespace iff {

Seams MultiStatementSql() {
  Seams seams;
  seams.judge_sql = [](const std::string&, bool) { return std::optional<std::string>(); };
  seams.simple_protocol = true;
  return seams;
}

}  // namespace iff
