// What of a scenario applies to a target: suites are written for any server, and no server has everything they ask for.
// Pure; a reason is a sentence for the author of the server, "" where it applies.
#pragma once

#include <set>
#include <string>

#include "harness/environment/system.h"
#include "harness/run/judge.h"
#include "harness/scenario/scenario.h"

namespace iff {

// What there is around a target that a system file does not say by name.
struct Means {
  bool secret_store = false;  // somebody keeps secrets
  bool ledger = false;        // somebody tells what the target asked for
  bool log = true;            // the target was launched by us
  bool behind = false;        // there is something behind the target but the issuer of its tokens
};

// Why no check of it applies.
std::string WhyNotAtAll(const Scenario& scenario, const System& system, const Means& means);
// Why the step is not played, and no check of it judged.
// `absent`: credentials that earlier steps could not make.
std::string WhyNotStep(const Step& step, const TargetSpec& target, const std::set<std::string>& absent = {});
void NoteAbsent(const Step& step, std::set<std::string>& absent);
std::string WhyNotCheck(const Expectation& expectation, const TargetSpec& target, const System& system,
                        const Means& means);

// What every expectation means for the target, for Judge.
TargetTerms TermsOf(const TargetSpec& target, const Means& means);

}  // namespace iff
