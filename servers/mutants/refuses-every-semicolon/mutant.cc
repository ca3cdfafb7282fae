#include <optional>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams RefusesEverySemicolon() {
  Seams seams;
  seams.judge_sql = [](const std::string& sql, bool) {
    return sql.find(';') == std::string::npos ? std::nullopt : std::optional<std::string>("one statement at a time");
  };
  return seams;
}

}  // namespace iff
