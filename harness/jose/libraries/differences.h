// Where a library says of an attack something else than we do, and why that is all right.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace iff {

struct Difference {
  std::set<std::string> libraries = {};
  // "signed": by the realm, where we refuse it before we ask; "taken": as a token for us; or both.
  std::string says = {};
  std::string because = {};
  std::vector<std::string> attacks = {};
};

const std::vector<Difference>& Differences();

// What `library` says otherwise, "": nothing.
std::string KnownDifference(const std::string& library, std::string_view attack);

}  // namespace iff
