// The words that several reports share: numbers, times, and the verdict in one sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/claims.h"
#include "harness/run/result.h"

namespace iff {

std::string Thousands(int64_t number);                         // "1,312"
std::string Count(int64_t number, std::string_view singular);  // "1 check", "1,312 checks"
std::string Took(int64_t microseconds);                        // "0.4 ms", "84 ms", "1.3 s", "2 min 5 s"
std::string Listed(const std::vector<std::string>& names);     // "alice, bob and carol"

// "Everything as expected: 1,312 checks on 3 servers, alice and bob kept apart".
std::string Headline(const RunResult& run);

// What servers declare and nothing looked at, a line for each: "tasks (jira)". Foreign text.
std::vector<std::string> DeclaredNotLookedAt(const RunResult& run);

// What became of the claims, the worst first: refuted "others (jira)", proved "signature and issuer". A
// server is named where another standing holds for others. Empty in runs that have none.
struct ClaimLine {
  ClaimStanding::Kind standing = ClaimStanding::Kind::kNotTried;
  std::string claims = {};
};
std::vector<ClaimLine> ClaimLines(const RunResult& run);

std::string Capital(std::string text);          // "It failed" of "it failed"
std::string Explains(const NamedCause& cause);  // "34 of 41 failures"

// "PASSED", "FAILED" or "NOT JUDGED": the exit code as a word.
std::string_view RunWord(const RunResult& run);

// What a scenario says about itself where it has no check that could: that it could not be carried
// out, or that it does not apply. Counted as RunResult::totals() counts; none if its checks say
// everything.
std::vector<Check> ChecksOfItsOwn(const ScenarioResult& scenario);

// "Keycloak 26.7.4", "vault OpenBao 2.4.0": a version that says the name already is enough.
// "audience-not-checked in jira explains 7 failures and is accepted until 2027-01-31: the gateway checks it"
std::string AcceptedSentence(const AcceptedCause& accepted);
std::string Called(const ComponentRecord& component);
// "bob asks jira for read_of of alice: deny then, allow now"
std::string DecisionSentence(const ChangedDecision& changed);

// "scenarios/lifetime/expired-token.yaml:14"
std::string SourcePlace(const ScenarioResult& scenario, int line);

// "./iff run lifetime/expired-token@jira"
// "./iff replay RUN/SCENARIO": a line for a shell, which reads `what` as one word that is no option, whatever it holds.
std::string CommandOn(const std::string& program, std::string_view command, std::string_view what);
std::string Again(const std::string& program, const ScenarioResult& scenario);

}  // namespace iff
