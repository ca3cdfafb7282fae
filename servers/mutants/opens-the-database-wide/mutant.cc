#include <optional>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams OpensTheDatabaseWide() {
  Seams seams;
  seams.judge_sql = [](const std::string&, bool) { return std::optional<std::string>(); };
  seams.always_read_write = true;
  return seams;
}

}  // namespace iff
