// What did not go as expected, as every report tells it: by severity, with clause and remedy.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/result.h"

namespace iff {

enum class Severity {
  kDemand,          // a must that failed
  kRecommendation,  // a should that failed
  kUnjudged,        // could not be found out
  kKnown,           // failed, as listed
};
std::string_view Name(Severity severity);  // "demand broken"

struct ReportedFinding {
  Severity severity = Severity::kDemand;
  const ScenarioResult* scenario = nullptr;
  const StepResult* step = nullptr;  // nullptr: of the scenario as a whole
  Check check = {};
  std::vector<Check> also = {};       // others that failed at the same answer
  const NamedCause* cause = nullptr;  // that explains it, if one does
};

// Why it is not as expected, in one sentence.
std::string ReasonOf(const Check& check);

// Which cause of a run explains what failed. The run outlives it.
class CauseIndex {
 public:
  explicit CauseIndex(const RunResult& run);
  // nullptr: none does, it did not fail, or it is listed as known.
  const NamedCause* Of(const ScenarioResult& scenario, const Check& check) const;

 private:
  std::map<std::pair<std::string, std::string>, const NamedCause*> causes_;  // by target and check
};

// The gravest first; within one severity in the order of the run. The run outlives the answer.
std::vector<ReportedFinding> FindingsOf(const RunResult& run);

// What failed at one answer for no known cause is one finding: the gravest of it, with the others beside it.
std::vector<ReportedFinding> OneForEachAnswer(std::vector<ReportedFinding> findings);

// Who asked the server what, and with which credential: "bob with alice.token#2: tools/call get_issue, answered 200";
// several are parted by "; ". "" where the step asked it nothing.
std::string Asked(const ScenarioResult& scenario, const StepResult& step);

// The request of the step that shows what failed, or the last one to the server, as a line for the shell: where a
// secret was, the name of a variable stands, as in "$ALICE_TOKEN_1". "" where it asked the server nothing over HTTP, or
// where the request was written byte by byte, which curl cannot.
std::string CurlLine(const ScenarioResult& scenario, const StepResult& step, const Check& check);

}  // namespace iff
