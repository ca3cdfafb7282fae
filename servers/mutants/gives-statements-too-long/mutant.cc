#include <chrono>

#include "servers/http/seams.h"

namespace iff {

Seams GivesStatementsTooLong() {
  Seams seams;
  seams.adjust_config = [](Config& config) { config.sql_timeout = std::chrono::seconds(8); };
  return seams;
}

}  // namespace iff
