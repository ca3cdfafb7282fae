// Being one of the people in a sandbox: addresses, a short-lived token, lines to copy, and a prompt for calling tools.
#pragma once

#include <string>

#include "harness/cli/command.h"

namespace iff {

// Reads commands from call.in until it ends, 'quit' or the call is cancelled. Answers the exit code.
Result<int> PromptOn(const Call& call, Sandbox& sandbox, const std::string& persona);

}  // namespace iff
