// What of a scenario applies to a target: suites are written for any server, and no server has everything they ask for.
// Pure; a reason is a sentence for the author of the server, "" where it applies.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/component.h"
#include "harness/environment/system.h"
#include "harness/run/judge.h"
#include "harness/run/probe.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Who offers what a driver declares.
struct Declared {
  bool at_issuer = false;                    // done at the issuer of the target's tokens
  std::vector<std::string> components = {};  // in the order of the system file
};

// What there is around a target that a system file does not say by name.
struct Means {
  // By word, what steps may take away and make anew, as the drivers of the system's components declare it.
  std::map<std::string, Declared> revocable = {};
  std::map<std::string, Declared> rotatable = {};
  std::map<std::string, SpokenProtocol> speech = {};  // by component, what its driver says is spoken with it
  ClientFields client_fields = {};                    // of whatever drivers there are
  // Components that keep a ledger; nothing: they do not run yet, and any may.
  std::optional<std::set<std::string>> ledgers = {};
  bool ledger = false;  // somebody tells what the target asked for
  bool log = true;      // the target was launched by us
  bool behind = false;  // there is something behind the target but the issuer of its tokens
};

// What is known of it from the files: everything but what the components can do.
Means MeansDeclared(const DriverRegistry& driver_registry, const System& system);

// What a step is asked about before it is played, and a condition before it is judged. All outlive it.
struct Surroundings {
  const TargetSpec& target;
  const System& system;
  const Means& means;
  const ProbeSet& probes;
  std::string operation = {};  // that is asked for; "": none, or several

  // ---- sentences that several words share; "": nothing is in the way
  bool OverStdio() const { return target.transport == Transport::kStdio; }
  // Reported where the transport has no authentication to test: a process acts for whoever started it.
  std::string NoDoor() const;
  std::string NoHttp() const;
  // Nothing can be put before what it calls.
  std::string NoGate() const;
  // Why it takes no tokens of an issuer.
  std::string NoTokens() const;
  std::string NoOperation(const std::string& operation) const;
  // What is read of one's own is not said, so `tools/list` is asked instead: it shows whether a request is refused, and
  // nothing that anybody has.
  bool ListStandsIn(const std::string& operation) const;
  std::string NoComponent(const std::string& component) const;
  // The file says that the operation shows nothing; or nobody could have put anything of anybody there: no operation
  // makes it, and nothing behind the target could hold it.
  std::string NothingPrivate() const;
  // There is no such place where a secret could be.
  std::string NoPlace(std::string_view place) const;
  std::string NotSpoken(const Sending& sending) const;
  std::string WhyNotProbed(const std::string& probe) const;
};

// The target the step goes to: the scenario's own, or one beside it. nullptr: the system has none of that name.
const TargetSpec* TargetOf(const Step& step, const Scenario& scenario, const System& system);

// Why no check of it applies.
std::string WhyNotAtAll(const Scenario& scenario, const System& system, const Means& means, const ProbeSet& probes);
// Why the step is not played, and no check of it judged.
// `absent`: credentials that earlier steps could not make.
std::string WhyNotStep(const Step& step, const Surroundings& around, const std::set<std::string>& absent = {});
void NoteAbsent(const Step& step, std::set<std::string>& absent);
// Why the check of the step, which is played, is not judged.
std::string WhyNotCheck(const Step& step, const Expectation& expectation, const TargetSpec& target,
                        const System& system, const Means& means);

// What every expectation means for the target, for Judge.
TargetTerms TermsOf(const TargetSpec& target, const Means& means);

}  // namespace iff
