// What a server does wrong, told once for all the checks that failed for it. harness/causes finds it out; a result
// stores it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace iff {

// What a cause lets happen, the gravest first.
enum class Gravity { kData, kIdentity, kSecrets, kAvailability, kForm };
inline constexpr std::array kGravities = {Gravity::kData, Gravity::kIdentity, Gravity::kSecrets, Gravity::kAvailability,
                                          Gravity::kForm};
std::string_view Name(Gravity gravity);  // "data"

struct NamedCause {
  std::string name = {};    // "audience-not-checked"
  std::string target = {};  // "jira"
  std::string says = {};    // "the audience of a token is not checked", with no capital and no stop
  Gravity gravity = Gravity::kForm;
  std::string fix = {};
  std::string clause = {};               // "" where none says so
  std::vector<std::string> checks = {};  // that failed for it; none is another cause's as well at this target
  int explains = 0;                      // so many of the failures at the target, known ones left out
  int of = 0;                            // so many there are
};

// A cause somebody knows of and takes until a day, as they wrote it down.
struct AcceptedCause {
  std::string name = {};    // "audience-not-checked"
  std::string target = {};  // "": wherever it is found
  std::string reason = {};
  std::string until = {};  // a day, "2027-01-31", which still counts
  int explains = 0;        // so many failures of the run, which are known for it
};

}  // namespace iff
