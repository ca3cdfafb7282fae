// What each method does with a turn that is authenticated, readable and in its revision.
#pragma once

#include <memory>
#include <string>

#include "servers/mcp/turn.h"

namespace iff {

// Charges the budget, then performs message.method. REQUIRES: serving().Serves(revision, method)
Task<void> Perform(std::shared_ptr<Turn> turn);

Task<void> CallTool(std::shared_ptr<Turn> turn);
Task<void> ReadResource(std::shared_ptr<Turn> turn);
Task<void> GetPrompt(std::shared_ptr<Turn> turn);
Task<void> Complete(std::shared_ptr<Turn> turn);
Task<void> List(std::shared_ptr<Turn> turn);

// Opens requestState and inputResponses of a retry into `turn`. Nothing if all is well.
std::optional<RpcError> OpenRetry(Turn& turn);
// Answers `input_required`, or says which capability of the client is missing.
void AskForInput(Turn& turn, Json requests, Json state);

// True if the caller may use what needs `scope`; refuses the turn otherwise.
bool Authorize(Turn& turn, const std::string& scope);
RpcError InvalidParams(std::string message, Json data = nullptr);
// Logs that a handler threw, and the type of it: its text may hold anything. REQUIRES: within a catch clause
void LogThrown(const Turn& turn);

}  // namespace iff
