// Being one of the people on a stage: addresses, a short-lived token, lines to copy, and a prompt for calling tools.
#pragma once

#include <functional>
#include <string>

#include "harness/cli/command.h"

namespace iff {

struct PromptOptions {
  int visit = 0;                    // of a stage somebody else keeps, from 1: its credentials are apart from theirs
  std::function<bool()> over = {};  // true: whoever keeps the stage has to end
};

// Reads commands from call.in until it ends, 'quit' or the call is cancelled. Answers the exit code.
Result<int> PromptOn(const Call& call, Stage& stage, const std::string& role, const PromptOptions& options = {});

}  // namespace iff
