// The probes scenarios may name: what data cannot say.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/run/probe.h"
#include "harness/run/sandbox.h"

namespace iff {

ProbeSet AllProbes();

// "HTTP 401", or why there was no answer.
std::string StatusOf(const SendOutcome& sent);

// A result that is no error.
bool Succeeded(const SendOutcome& sent);

// Does the answer show that whoever called got what is theirs? `seen`: what is private to them is in it. Where the
// system file says that the operation shows nothing private (`discloses: false`), that it succeeds is all there is to
// see.
bool GotOwn(const Sandbox& sandbox, const std::string& operation, const SendOutcome& sent, bool seen);

// It is not met, and `what` was seen, beside what was seen before; the same is told once.
void Note(Finding& finding, const std::string& what);
// The same, of an answer: the first one is what a report shows of it.
void Note(Finding& finding, const std::string& what, const SendOutcome& sent);

// The first ones, and how many more there are.
std::string Some(const std::vector<std::string>& sentences, size_t most = 5);

// In capitals, as far as they are letters of ASCII.
std::string Upper(std::string text);

// Why nobody can tell whether a refusal names what is gone: the system file lists none of `codes` among the target's
// errors, and no status ("HTTP 401") is among them. "": it can be told.
std::string WhyNotTold(const TargetSpec& target, const std::set<std::string>& codes);

// The component that has the role at the target that is faced; "": none.
std::string RoleOf(const Sandbox& sandbox, const std::string& role);

// As Surroundings::NothingPrivate, of the target that is faced.
std::string WhyNothingPrivate(const Sandbox& sandbox);

// Parts of the set, by topic.
void AddIsolationProbes(ProbeSet& probes);
void AddAuthorizationProbes(ProbeSet& probes);
void AddDoorProbes(ProbeSet& probes);
void AddOtherDoorProbes(ProbeSet& probes);
void AddFarSideProbes(ProbeSet& probes);
void AddTimeProbes(ProbeSet& probes);
void AddInterleavingProbes(ProbeSet& probes);
void AddSameIdProbes(ProbeSet& probes);
void AddAskedBackProbes(ProbeSet& probes);
void AddMirroredParameterProbes(ProbeSet& probes);
void AddCanaryProbes(ProbeSet& probes);
void AddDeclaredProbes(ProbeSet& probes);
void AddUnaskedProbes(ProbeSet& probes);
void AddOperationsPageProbes(ProbeSet& probes);
void AddSessionProbes(ProbeSet& probes);
void AddSseStreamProbes(ProbeSet& probes);
void AddOutageProbes(ProbeSet& probes);
void AddRecordProbes(ProbeSet& probes);
void AddProcessProbes(ProbeSet& probes);
void AddHiddenToolProbes(ProbeSet& probes);
void AddMadeArgumentProbes(ProbeSet& probes);
void AddNameProbes(ProbeSet& probes);
void AddKeySetProbes(ProbeSet& probes);
void AddRevocationProbes(ProbeSet& probes);
void AddBehindProbes(ProbeSet& probes);
void AddKeyOutageProbes(ProbeSet& probes);
void AddKeySourceProbes(ProbeSet& probes);
void AddStrainProbes(ProbeSet& probes);
void AddFairShareProbes(ProbeSet& probes);
void AddTellingProbes(ProbeSet& probes);
void AddCursorProbes(ProbeSet& probes);
void AddHostileThingProbes(ProbeSet& probes);
void AddProofFloodProbes(ProbeSet& probes);
void AddServiceAccountProbes(ProbeSet& probes);

}  // namespace iff
