// The stream of a run while it goes on: one JSON object a line, for programs that do not want to wait.
//   {"event":"run-started","schema":"iff-events-1","system":"vault-demo","scenarios":43,"command":"iff run"}
//   {"event":"scenario-started","scenario":"isolation/matrix@jira","title":"..."}
//   {"event":"check","scenario":"isolation/matrix@jira","check":"diagonal-is-full","level":"must","verdict":"passed"}
//   {"event":"scenario-finished","scenario":"isolation/matrix@jira","verdict":"passed","took_us":412000,"done":1,"of":43}
//   {"event":"run-finished","run":"20261121-133700-k3v9","exit_code":0,"totals":{...},"took_us":12345678}
#pragma once

#include <string>

#include "harness/core/json.h"
#include "harness/run/result.h"

namespace iff {

std::string RunStartedEvent(const std::string& system, const std::string& command, size_t scenarios);
std::string ScenarioStartedEvent(const std::string& id, const std::string& title);
// Several lines: its checks, and that it has ended.
std::string ScenarioFinishedEvents(const ScenarioResult& scenario, size_t done, size_t of);
std::string RunFinishedEvent(const RunResult& run);

// The same stream drawn from a stored result, in the order in which the scenarios began.
void WriteEvents(const RunResult& run, std::ostream& out);

}  // namespace iff
