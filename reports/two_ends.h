// A step as both ends saw it, side by side: what the client sent and got, and what was asked behind the server.
#pragma once

#include <string>
#include <vector>

#include "harness/run/result.h"

namespace iff {

// Lines of at most `width` columns, the first of them the two headings. None where neither end saw anything.
//
//   at the client                    | behind the server
//   bob: tools/call get_issue        | vault audit: alice read secret/data/users/..
//   HTTP 200 {{alice.jira.canary}}   | jira: alice GET /rest/api/3/issue/AL-1 -> 200
std::vector<std::string> TwoEnds(const ScenarioResult& scenario, const StepResult& step, size_t width);

}  // namespace iff
