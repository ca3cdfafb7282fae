// For tests of what judges: answers and observations in one call, and what a condition makes of them.
#pragma once

#include <string>
#include <vector>

#include "harness/conditions/registry.h"
#include "harness/run/judge.h"

namespace iff {

McpAnswer Answer(int status, Json message, Headers headers = {});
Json ResultOf(Json result);
McpAnswer Success(const std::string& text = "fine");
McpAnswer ToolErrorOf(const std::string& code);
McpAnswer RpcError(int status, int64_t code);
McpAnswer Unauthorized(const std::string& challenge);
inline constexpr const char* kChallenge =
    "Bearer error=\"invalid_token\", resource_metadata=\"https://jira.example/meta\"";

// Seen by bob, in a sandbox of bob and alice.
Observation Saw(McpAnswer answer);
Observation Silent(const std::string& silence = "connection refused");
// With a ledger of jira, and a call there with the credential of each.
Observation WithLedger(const std::vector<std::string>& personas);
DownstreamEvent AskedJiraAs(const std::string& persona);

// What Word().examples says, read. A test that asks for it fails where one cannot be.
std::vector<Condition> ExamplesOf(const ConditionWord& word);
// The examples of every condition that says it is met by the answer.
std::vector<Condition> OnTheAnswer();

Check JudgeOf(Condition condition, const Observation& seen, const TargetTerms& terms = {});
Verdict VerdictOf(Condition condition, const Observation& seen);
std::string ReasonOf(Condition condition, const Observation& seen);

}  // namespace iff
