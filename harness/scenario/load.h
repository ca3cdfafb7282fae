// Files to suites. A mistake is answered with file, line, column, the line and a caret; all mistakes
// are reported at once (kInvalidInput).
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/scenario/scenario.h"
#include "harness/steps/vocabulary.h"

namespace iff {

// Reads every *.yaml under `directory`/<suite>/. A scenario that names several targets becomes one for
// each: "id@target". `further`: a folder like that with more of them, of suites there or others; "" or none: no more.
Result<std::vector<Suite>> LoadSuites(const std::string& directory, const Vocabulary& vocabulary,
                                      const std::string& further = "");

// One file: a scenario, as LoadSuites reads it. `suite` "": what its id begins with.
Result<std::vector<Scenario>> LoadScenario(const std::string& path, const std::string& suite,
                                           const Vocabulary& vocabulary);
// The same from a text; mistakes are told as in a file called `path`.
Result<std::vector<Scenario>> ParseScenario(const std::string& path, std::string_view text, const std::string& suite,
                                            const Vocabulary& vocabulary);

}  // namespace iff
