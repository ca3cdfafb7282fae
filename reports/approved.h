// For tests: an output compared whole with an approved file. UPDATE_GOLDEN=1 rewrites the file; the change is looked at
// in review.
#pragma once

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace iff {

MATCHER_P(MatchesApproved, file, "is what " + std::string(file) + " holds") {
  const std::string path = "reports/testdata/" + std::string(file);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << arg;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream approved;
  approved << in.rdbuf();
  return ::testing::ExplainMatchResult(::testing::Eq(approved.str()), arg, result_listener);
}

}  // namespace iff
