// Everything a report may say. A run turns scenarios into one RunResult; every report is drawn from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/run/cause.h"
#include "harness/run/trace.h"
#include "harness/scenario/claim.h"

namespace iff {

enum class Verdict {
  kPassed,
  kFailed,        // the target did something else than expected: proven
  kErrored,       // we could not find out
  kInapplicable,  // does not apply, with a reason
};
enum class Level { kMust, kShould };  // keyword of the clause a check answers to
enum class ExitCode { kOk = 0, kFailed = 1, kErrored = 2, kUsage = 64 };

std::string_view Name(Verdict verdict);  // "passed"
std::string_view Name(Level level);      // "must"

// An expectation judged.
struct Check {
  std::string id = {};  // same id whether it passes or fails: "expired-token-is-refused"
  Level level = Level::kMust;
  Verdict verdict = Verdict::kErrored;
  std::string reason = {};    // why not passed, in one sentence; what was seen, when passed
  std::string expected = {};  // "HTTP 401 with error=\"invalid_token\""
  std::string observed = {};  // "HTTP 200"
  std::string clause = {};    // "RFC 6750 section 3.1"
  bool known = false;         // fails as listed in the known failures
  bool tells = false;         // the reason says who did what to whom, as a headline may
  int64_t exchange = 0;       // which of the step's trace shows it, from 1; 0: none in particular
};

struct StepResult {
  std::string title = {};  // "alice calls get_issue with her expired token"
  int line = 0;            // in the scenario's file
  std::string at = {};     // the target it went to, of those beside; "": the scenario's own
  std::vector<Check> checks = {};
  Trace trace = {};
  // What is more than a call and shows on a timeline: "fault", "heal", "revoke", "rotate", "wait"; else "".
  std::string kind = {};
  std::string about = {};  // the component or the persona it happens to
  int64_t started_us = 0;  // since the scenario began
  int64_t took_us = 0;

  const std::string& WentTo(const std::string& own) const { return at.empty() ? own : at; }
};

// One cell of the picture identity x tool x owner.
struct MatrixCell {
  std::string target = {};  // "jira"
  std::string caller = {};  // "bob"
  std::string tool = {};    // "get_issue"
  std::string owner = {};   // "alice"
  bool expected = false;    // may the caller reach it?
  bool reached = false;     // did the owner's canary come back, or did it succeed where there is none to see?
  Verdict verdict = Verdict::kErrored;
  std::string operation = {};  // what the system file calls it: "read_of"
  std::string way = {};        // how it was asked, where not as usual: "without a token"
  std::string decision = {};   // where not plainly allowed or denied: "step-up", "hidden"
};

struct ScenarioResult {
  std::string id = {};      // "lifetime/expired-token@jira"
  std::string suite = {};   // "lifetime"
  std::string target = {};  // "jira"
  std::string title = {};
  std::string file = {};   // relative to the project's root
  int64_t started_us = 0;  // microseconds since the run began
  int64_t took_us = 0;
  std::vector<StepResult> steps = {};
  std::vector<MatrixCell> matrix = {};
  std::vector<std::string> principals = {};      // personas
  std::string error = {};                        // why it could not be carried out, if so
  std::string inapplicable = {};                 // why it does not apply, if so
  std::map<std::string, std::string> logs = {};  // masked tails by component, unless passed
  // Files that probes made, by name without a folder, such as one that shows again what was found; masked.
  std::map<std::string, std::string> attachments = {};
  std::vector<std::string> tags = {};
  // Scenarios that its target's process had served before it, by id and in order; empty: a fresh one.
  std::vector<std::string> target_served = {};
  // Where it was played on such a target and again on a fresh one: what became of the other play, in a sentence.
  std::string played_again = {};
  // What the target declares and nothing here looks at, a word each: "tasks". Foreign text, masked.
  std::vector<std::string> not_looked_at = {};
  int place = 0;  // in the whole selection, from 1, where the run is one shard of it; else 0
  // Stored beside the result, not in it: what a replay compares with, and what the checks were judged by.
  Json recording = {};
  Json evidence = {};

  Verdict verdict() const;  // the worst of its checks: failed, errored, passed; no check is errored
};

struct ComponentRecord {
  std::string name = {};
  std::string version = {};
  int64_t start_us = 0;  // how long it took to get ready
  std::string how = {};  // "native process"
};

// One part of a run that is split over several machines: 3 of 8.
struct Shard {
  int index = 0;  // from 1
  int of = 0;     // 0: not split
};

// A check whose verdict is another than in an earlier run, or still not passed.
struct Difference {
  enum class Kind {
    kNew,    // does not pass, and did, or was not there
    kFixed,  // passes, and did not
    kStill,  // did not pass then, and does not now
    kLost,   // was judged then, and is not now: nobody looks any more
  };
  Kind kind = Kind::kNew;
  std::string scenario = {};
  std::string check = {};
  std::string before = {};  // "passed", "failed", "known", "errored"; "" for not there
  std::string now = {};
};
std::string_view Name(Difference::Kind kind);  // "new"

// What somebody asked for and got another answer to than in an earlier run, expected or not: who may do what has
// changed.
struct ChangedDecision {
  std::string target = {};
  std::string caller = {};
  std::string operation = {};
  std::string owner = {};
  std::string way = {};     // as in MatrixCell
  std::string before = {};  // "allow", "deny", "step-up", "hidden"; "" for not asked
  std::string now = {};
};

// This run beside an earlier one.
struct Comparison {
  std::string run = {};  // id of the earlier one
  std::string started = {};
  int checks_before = 0;  // that were judged, in the scenarios that are compared
  int checks_now = 0;
  std::vector<Difference> differences = {};
  std::vector<ChangedDecision> decisions = {};  // of the scenarios that both have played

  int Count(Difference::Kind kind) const;
};

// A clause the servers of the system are held to, and which checks answer to it, played or not. What came of it follows
// from the scenarios: harness/run/standing.h.
struct HeldClause {
  std::string source = {};  // "RFC 6750, bearer tokens"
  std::string name = {};    // "RFC 6750 section 3"
  std::string says = {};
  std::string excluded = {};             // why no check answers to it, if so
  std::vector<std::string> checks = {};  // "suite/scenario:check", without the target
};

// A claim as a run is judged by it, with what the system file says of it, by target.
struct HeldClaim {
  RunClaim claim = {};
  std::map<std::string, std::string> excused = {};   // why it does not arise there
  std::map<std::string, std::string> accepted = {};  // why it is well if nobody tries it
};

struct RunResult {
  std::string id = {};       // "20261121-133700-k3v9"
  std::string system = {};   // "vault-demo"
  std::string started = {};  // RFC 3339
  int64_t took_us = 0;
  std::string command = {};  // as typed
  std::string program = {};  // what they typed for iff; "": ./iff
  std::string version = {};  // of iff
  std::vector<ComponentRecord> components = {};
  std::vector<ScenarioResult> scenarios = {};
  std::vector<std::string> unexpected_passes = {};  // listed as known failures, and passed
  std::string error = {};                           // why the run itself could not go on, if so
  int64_t first_green_us = 0;  // from the command to the first green scenario with everything there, 0 if none
  bool narrowed = false;       // selectors or targets left scenarios out
  Shard shard = {};
  std::optional<Comparison> compared = {};
  std::vector<HeldClause> clauses = {};      // empty in runs of versions that did not write them
  std::vector<HeldClaim> claims = {};        // the same
  std::vector<NamedCause> causes = {};       // of what failed, the heaviest first; what none explains stands alone
  std::vector<AcceptedCause> accepted = {};  // known and taken for now; what they explain is among the known failures

  struct Totals {
    int passed = 0;
    int failed = 0;
    int known = 0;  // failed, as listed
    int errored = 0;
    int inapplicable = 0;
    int checks() const { return passed + failed + known + errored + inapplicable; }
    void Count(const ScenarioResult& scenario);  // its checks; one without any counts as one errored check
  };
  Totals totals() const;
  // A proven failure outranks an error; checks lost since the earlier run it is compared with are a failure.
  // A run without a passed check is errored, never green, unless it is a shard into which nothing fell. So is one that
  // did not try a claim it selected.
  ExitCode exit_code() const;
};

// Of the stored form. In iff-result-1 what was seen downstream was sentences, in iff-result-2
// members had other names; neither is read any more.
inline constexpr std::string_view kResultSchema = "iff-result-3";
// The stored form, and back: kInvalidInput names the place that is not what ToJson wrote.
Json ToJson(const RunResult& run);
Result<RunResult> RunFromJson(const Json& json);

}  // namespace iff
